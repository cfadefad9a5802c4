package contract

import (
	"bytes"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"socle/internal/asset"
	"socle/internal/schema"
)

// pair is a key with its value; a document is written in the order of its pairs.
type pair struct {
	key   string
	value any
}

type object []pair

// MarshalYAML implements [yaml.Marshaler].
func (o object) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range o {
		var key, value yaml.Node
		if err := key.Encode(p.key); err != nil {
			return nil, err
		}
		if err := value.Encode(p.value); err != nil {
			return nil, err
		}
		node.Content = append(node.Content, &key, &value)
	}
	return node, nil
}

// with adds a pair unless its value says nothing.
func (o object) with(key string, value any) object {
	switch v := value.(type) {
	case string:
		if v == "" {
			return o
		}
	case []object:
		if len(v) == 0 {
			return o
		}
	case []any:
		if len(v) == 0 {
			return o
		}
	case object:
		if len(v) == 0 {
			return o
		}
	case bool:
		if !v {
			return o
		}
	}
	return append(o, pair{key, value})
}

// Write writes the contract of a dataset as a document of the standard, with the fields of a version.
func Write(c Contract, d asset.Dataset, fields schema.Schema) ([]byte, error) {
	document := object{{"apiVersion", writtenVersion}, {"kind", "DataContract"}, {"id", d.UID}}.with("name", c.Name).with("version", c.Version).with("status", c.Status).
		with("description", object{}.with("purpose", c.Purpose).with("usage", c.Usage).with("limitations", c.Limitations))
	for _, key := range preserved {
		if value, kept := c.Extra[key]; kept {
			document = append(document, pair{key, value})
		}
	}
	var service, whole []any
	byField := map[string][]any{}
	for _, rule := range c.Rules {
		place, written := writeRule(rule)
		switch {
		case place == "slaProperties":
			service = append(service, written)
		case len(rule.Fields) == 1:
			byField[rule.Fields[0]] = append(byField[rule.Fields[0]], written)
		default:
			whole = append(whole, written)
		}
	}
	var properties []any
	for _, f := range fields.Fields {
		properties = append(properties, writeField(f, d, c.Rules).with("quality", byField[f.Name]))
		delete(byField, f.Name)
	}
	for _, rule := range c.Rules { // of fields that the version has not
		if len(rule.Fields) == 1 && byField[rule.Fields[0]] != nil {
			properties = append(properties, object{{"name", rule.Fields[0]}}.with("quality", byField[rule.Fields[0]]))
			delete(byField, rule.Fields[0])
		}
	}
	table := object{{"name", d.ID}, {"logicalType", "object"}, {"physicalType", "table"}}.with("businessName", d.Title).with("properties", properties).with("quality", whole)
	document = append(document, pair{"schema", []object{table}}).with("slaProperties", service)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// logicalTypes are the types of the standard.
var logicalTypes = map[schema.Type]string{schema.Text: "string", schema.Integer: "integer", schema.Decimal: "number", schema.Boolean: "boolean", schema.Date: "date",
	schema.Datetime: "timestamp", schema.Point: "object", schema.Geometry: "object", schema.JSON: "object"}

func writeField(f schema.Field, d asset.Dataset, rules []Rule) object {
	doc := d.Fields[f.Name]
	o := object{{"name", f.Name}, {"logicalType", logicalTypes[f.Type]}}
	label, description := doc.Label, doc.Description
	if label == "" {
		label = f.Label
	}
	if description == "" {
		description = f.Description
	}
	o = o.with("businessName", label).with("description", description)
	for i, key := range d.Key {
		if key == f.Name {
			o = append(o, pair{"primaryKey", true}, pair{"primaryKeyPosition", i + 1})
		}
	}
	for _, rule := range rules {
		if len(rule.Fields) == 1 && rule.Fields[0] == f.Name && rule.Limit != nil && *rule.Limit == 0 {
			o = o.with("required", rule.Kind == Empty).with("unique", rule.Kind == Unique)
		}
	}
	return o
}

// writeRule writes a rule, and says where it stands.
func writeRule(rule Rule) (place string, written object) {
	o := object{{"id", rule.ID}}
	custom := func(dimension string, how object) (string, object) {
		return "quality", append(o, pair{"type", "custom"}, pair{"engine", engineName}, pair{"implementation", how}).with("description", rule.Description).with("dimension", dimension)
	}
	library := func(metric, dimension, unit string, arguments object) (string, object) {
		o = append(o, pair{"type", "library"}, pair{"metric", metric}).with("arguments", arguments)
		return "quality", append(o, compared(rule)).with("unit", unit).with("description", rule.Description).with("dimension", dimension)
	}
	switch rule.Kind {
	case Freshness:
		return "slaProperties", append(o, pair{"property", "freshness"}, pair{"value", number(*rule.Limit)}, pair{"unit", "d"}).with("description", rule.Description)
	case Rows:
		return library("rowCount", "completeness", "rows", nil)
	case Empty:
		return library("nullValues", "completeness", "percent", nil)
	case Unique:
		var arguments object
		if len(rule.Fields) > 1 {
			arguments = object{{"properties", rule.Fields}}
		}
		return library("duplicateValues", "uniqueness", "rows", arguments)
	case Volume:
		return custom("coverage", object{{"check", "volumeChange"}, {"mostPercent", number(*rule.Limit)}})
	case ByPart:
		return custom("coverage", object{{"check", "partLoss"}, {"mostPercent", number(*rule.Limit)}})
	case Drift:
		return custom("consistency", object{{"check", "drift"}, {"mostPSI", number(*rule.Limit)}})
	case Reference:
		return custom("consistency", object{{"check", "reference"}, {"leastPercent", number(*rule.Least)}, {"dataset", rule.Dataset}, {"field", rule.Field}})
	}
	for place, raw := range rule.Raw {
		if values, ok := raw.(map[string]any); ok {
			for _, key := range sortedKeys(values) {
				o = append(o, pair{key, values[key]})
			}
		}
		return place, o
	}
	return "quality", o
}

// compared is the comparison of a rule that has bounds.
func compared(rule Rule) pair {
	switch {
	case rule.Least != nil && rule.Limit != nil && *rule.Least == *rule.Limit:
		return pair{"mustBe", number(*rule.Limit)}
	case rule.Least != nil && rule.Limit != nil:
		return pair{"mustBeBetween", []any{number(*rule.Least), number(*rule.Limit)}}
	case rule.Least != nil:
		return pair{"mustBeGreaterOrEqualTo", number(*rule.Least)}
	}
	return pair{"mustBeLessOrEqualTo", number(*rule.Limit)}
}

// number writes a whole number without a point.
func number(x float64) any {
	if x == float64(int64(x)) {
		return int64(x)
	}
	return x
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
