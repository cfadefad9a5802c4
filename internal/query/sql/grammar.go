package sql

// This file is the list of what is allowed: a node that is not here, or a member of a node that is not here, is
// refused. The tables are functions because they lead back to each other.

// expressionWith is a common table expression.
func expressionWith() map[string]member {
	return map[string]member{"aliases": list(text), "query": (*checker).statement, "key_targets": absent,
		"materialized": among("CTE_MATERIALIZE_DEFAULT", "CTE_MATERIALIZE_ALWAYS", "CTE_MATERIALIZE_NEVER")}
}

// queries are the nodes of queries. The walk has looked at cte_map before the other members.
func queries() map[string]shape {
	with := func(members map[string]member) map[string]member {
		members["type"], members["cte_map"], members["modifiers"] = text, any_, list((*checker).modifier)
		return members
	}
	return map[string]shape{
		"SELECT_NODE": {members: with(map[string]member{"select_list": list((*checker).expr), "from_table": (*checker).ref, "where_clause": optional((*checker).expr),
			"group_expressions": list((*checker).expr), "group_sets": list(list(number)), "having": optional((*checker).expr), "qualify": optional((*checker).expr),
			"aggregate_handling": among("STANDARD_HANDLING", "FORCE_AGGREGATES"), "sample": absent})},
		"SET_OPERATION_NODE": {members: with(map[string]member{"setop_type": among("UNION", "EXCEPT", "INTERSECT", "UNION_BY_NAME"), "setop_all": flag,
			"left": optional((*checker).query), "right": optional((*checker).query), "children": list((*checker).query)})},
		"RECURSIVE_CTE_NODE": {members: with(map[string]member{"cte_name": text, "union_all": flag, "left": (*checker).query, "right": (*checker).query,
			"aliases": list(text), "key_targets": absent, "payload_aggregates": absent})},
	}
}

func (c *checker) modifier(value any) {
	c.enter(value, "type", map[string]shape{
		"ORDER_MODIFIER":    {members: map[string]member{"type": text, "orders": list((*checker).order)}},
		"LIMIT_MODIFIER":    {members: map[string]member{"type": text, "limit": optional((*checker).expr), "offset": optional((*checker).expr)}},
		"DISTINCT_MODIFIER": {members: map[string]member{"type": text, "distinct_on_targets": list((*checker).expr)}},
	}, nil)
}

func (c *checker) order(value any) {
	object(func() map[string]member {
		return map[string]member{"type": among("ORDER_DEFAULT", "ASCENDING", "DESCENDING"), "null_order": text, "expression": (*checker).expr}
	})(c, value)
}

// references are what stands in FROM.
func references() map[string]shape {
	common := func(members map[string]member) map[string]member {
		for key, rule := range map[string]member{"type": text, "alias": text, "query_location": any_, "sample": absent, "column_name_alias": list(text)} {
			members[key] = rule
		}
		return members
	}
	return map[string]shape{
		"EMPTY":      {members: common(map[string]member{})},
		"BASE_TABLE": {members: common(map[string]member{"table_name": text, "schema_name": absent, "catalog_name": absent, "at_clause": absent})},
		"SUBQUERY":   {members: common(map[string]member{"subquery": (*checker).statement})},
		"JOIN": {members: common(map[string]member{"left": (*checker).ref, "right": (*checker).ref, "condition": optional((*checker).expr),
			"join_type": among("INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"), "ref_type": among("REGULAR", "CROSS", "NATURAL", "ASOF"),
			"using_columns": list(text), "delim_flipped": absent, "duplicate_eliminated_columns": absent})},
		"EXPRESSION_LIST": {members: common(map[string]member{"values": list(list((*checker).expr)), "expected_names": list(text), "expected_types": absent})},
	}
}

// expressions are the nodes of expressions, by class.
func expressions() map[string]shape {
	common := func(members map[string]member) map[string]member {
		for key, rule := range map[string]member{"class": text, "type": text, "alias": text, "query_location": any_} {
			members[key] = rule
		}
		return members
	}
	expr, exprs, maybe := (*checker).expr, list((*checker).expr), optional((*checker).expr)
	main := among("", "main")
	return map[string]shape{
		"BETWEEN": {[]string{"COMPARE_BETWEEN"}, common(map[string]member{"input": expr, "lower": expr, "upper": expr})},
		"CASE": {[]string{"CASE_EXPR"}, common(map[string]member{"else_expr": maybe, "case_checks": list(object(func() map[string]member {
			return map[string]member{"when_expr": expr, "then_expr": expr}
		}))})},
		"CAST":       {[]string{"OPERATOR_CAST"}, common(map[string]member{"child": expr, "cast_type": (*checker).kind, "try_cast": flag})},
		"COLLATE":    {[]string{"COLLATE"}, common(map[string]member{"child": expr, "collation": among(collations...)})},
		"COLUMN_REF": {[]string{"COLUMN_REF"}, common(map[string]member{"column_names": list(text)})},
		"COMPARISON": {[]string{"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN", "COMPARE_LESSTHANOREQUALTO",
			"COMPARE_GREATERTHANOREQUALTO", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"}, common(map[string]member{"left": expr, "right": expr})},
		"CONJUNCTION": {[]string{"CONJUNCTION_AND", "CONJUNCTION_OR"}, common(map[string]member{"children": exprs})},
		"CONSTANT":    {[]string{"VALUE_CONSTANT"}, common(map[string]member{"value": (*checker).constant})},
		"FUNCTION": {[]string{"FUNCTION"}, common(map[string]member{"function_name": text, "schema": main, "catalog": absent, "children": exprs, "filter": maybe,
			"order_bys": optional((*checker).modifier), "distinct": flag, "is_operator": flag, "export_state": absent})},
		"OPERATOR": {[]string{"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "OPERATOR_NULLIF", "COMPARE_IN", "COMPARE_NOT_IN",
			"ARRAY_EXTRACT", "ARRAY_SLICE", "STRUCT_EXTRACT", "GROUPING_FUNCTION"}, common(map[string]member{"children": exprs})},
		"STAR": {[]string{"STAR"}, common(map[string]member{"relation_name": text, "exclude_list": list(text), "replace_list": list(object(func() map[string]member {
			return map[string]member{"key": text, "value": expr}
		})), "rename_list": list(object(func() map[string]member {
			return map[string]member{"key": qualified, "value": text}
		})), "qualified_exclude_list": list(qualified), "columns": flag, "expr": absent})},
		"SUBQUERY": {[]string{"SUBQUERY"}, common(map[string]member{"subquery_type": among("SCALAR", "EXISTS", "NOT_EXISTS", "ANY"), "subquery": (*checker).statement,
			"child": maybe, "comparison_type": text})},
		"WINDOW": {[]string{"WINDOW_AGGREGATE", "WINDOW_ROW_NUMBER", "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_PERCENT_RANK", "WINDOW_CUME_DIST", "WINDOW_NTILE",
			"WINDOW_LAG", "WINDOW_LEAD", "WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE", "WINDOW_NTH_VALUE"},
			common(map[string]member{"function_name": text, "schema": main, "catalog": absent, "children": exprs, "partitions": exprs, "orders": list((*checker).order),
				"arg_orders": list((*checker).order), "start": text, "end": text, "start_expr": maybe, "end_expr": maybe, "offset_expr": maybe, "default_expr": maybe,
				"filter_expr": maybe, "ignore_nulls": flag, "distinct": flag, "exclude_clause": text})},
	}
}

// qualified is the name of a column of a relation.
func qualified(c *checker, value any) {
	object(func() map[string]member {
		return map[string]member{"column": text, "table": text, "schema": absent, "catalog": absent}
	})(c, value)
}

// typeInfos are the details of types.
func typeInfos() map[string]shape {
	common := func(members map[string]member) map[string]member {
		members["type"], members["alias"], members["extension_info"] = text, absent, absent
		return members
	}
	return map[string]shape{
		"DECIMAL_TYPE_INFO": {members: common(map[string]member{"width": number, "scale": number})},
		"LIST_TYPE_INFO":    {members: common(map[string]member{"child_type": (*checker).kind})},
		"UNBOUND_TYPE_INFO": {members: common(map[string]member{"name": text, "schema": absent, "catalog": absent, "user_type_modifiers": absent})},
	}
}
