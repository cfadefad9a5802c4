package sql

// types are the types that a value may be cast to. UNBOUND is a name, of which JSON alone is allowed.
var types = [...]string{"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE",
	"DECIMAL", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "INTERVAL", "LIST", "NULL", "SQLNULL", "UNBOUND"}

// collations are the orders of texts: the names of the engine, in the writings that people use.
var collations = []string{"nocase", "NOCASE", "noaccent", "NOACCENT", "fr", "FR", "nocase.noaccent", "NOCASE.NOACCENT", "noaccent.nocase", "NOACCENT.NOCASE"}

// sqlValues are the words that become functions when no column has their name.
var sqlValues = []string{"current_catalog", "current_database", "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
	"localtime", "localtimestamp", "session_user", "system_user", "today", "user"}

// functions are the functions that may be called. Those that make texts or lists as long as one says, that look at the
// clock, at chance, at settings, at files or at the engine itself are not there.
var functions = [...]string{
	// operators
	"+", "-", "*", "/", "//", "%", "^", "**", "||", "~~", "!~~", "~~*", "!~~*", "~~~", "!~", "~", "->>", "^@",
	"like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape",
	// numbers
	"abs", "ceil", "ceiling", "floor", "round", "round_even", "trunc", "sign", "sqrt", "cbrt", "exp", "ln", "log", "log10", "log2", "pow", "power", "mod", "fmod",
	"divide", "add", "subtract", "multiply", "greatest", "least", "pi", "degrees", "radians", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "isfinite", "isnan", "isinf",
	"even", "gcd", "lcm", "width_bucket", "equi_width_bins",
	// choices
	"coalesce", "ifnull", "nullif", "if", "constant_or_null",
	// texts
	"lower", "lcase", "upper", "ucase", "length", "len", "strlen", "char_length", "character_length", "trim", "ltrim", "rtrim", "left", "right", "left_grapheme", "right_grapheme",
	"substring", "substr", "substring_grapheme", "concat", "concat_ws", "replace", "translate", "reverse", "contains", "starts_with", "ends_with", "prefix", "suffix",
	"instr", "strpos", "position", "lpad", "rpad", "split", "str_split", "string_split", "split_part", "string_to_array", "regexp_matches", "regexp_full_match",
	"regexp_replace", "regexp_extract", "regexp_extract_all", "strip_accents", "nfc_normalize", "ascii", "unicode", "ord", "chr", "initcap",
	"levenshtein", "editdist3", "damerau_levenshtein", "hamming", "jaccard", "jaro_similarity", "jaro_winkler_similarity",
	// days and instants
	"date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "date_sub", "datesub", "date_add", "time_bucket", "year", "quarter", "month", "week", "weekofyear",
	"yearweek", "isoyear", "day", "dayofmonth", "dayofweek", "weekday", "isodow", "dayofyear", "hour", "minute", "second", "millisecond", "microsecond", "epoch", "epoch_ms", "epoch_us",
	"dayname", "monthname", "last_day", "make_date", "make_timestamp", "make_time", "strftime", "strptime", "try_strptime", "to_timestamp", "timezone", "age",
	"to_years", "to_quarters", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes", "to_seconds", "to_milliseconds", "to_microseconds", "century", "decade",
	// lists, structures and JSON
	"list_value", "list_contains", "list_has", "array_contains", "array_has", "list_position", "list_extract", "list_element", "array_extract", "array_length", "list_distinct", "list_unique",
	"list_sort", "array_sort", "list_reverse_sort", "list_aggregate", "list_sum", "list_avg", "list_min", "list_max", "list_count", "list_first", "list_last", "array_to_string",
	"struct_extract", "struct_pack", "row", "unnest", "flatten",
	"json_extract", "json_extract_path", "json_extract_string", "json_extract_path_text", "json_value", "json_exists", "json_array_length", "json_keys", "json_type", "json_valid", "json_contains", "from_json", "json_transform",
	// aggregates
	"count", "count_star", "count_if", "countif", "sum", "avg", "mean", "fsum", "kahan_sum", "favg", "min", "max", "median", "mode", "mad", "quantile", "quantile_cont", "quantile_disc", "approx_quantile",
	"approx_count_distinct", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "corr", "covar_pop", "covar_samp", "skewness", "kurtosis", "entropy",
	"regr_slope", "regr_intercept", "regr_r2", "regr_count", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy", "bool_and", "bool_or", "first", "last", "any_value", "arbitrary",
	"arg_min", "arg_max", "argmin", "argmax", "min_by", "max_by", "arg_min_null", "arg_max_null", "string_agg", "group_concat", "listagg", "list", "array_agg", "product", "geometric_mean", "weighted_avg", "grouping",
	// windows
	"row_number", "rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value",
}
