package tables

import (
	"github.com/apache/iceberg-go"

	"socle/internal/engine"
	"socle/internal/schema"
)

// icebergSchema gives each column its type. Every one may be empty, but the place of the row.
func icebergSchema(s schema.Schema) *iceberg.Schema {
	next := 0
	id := func() int { next++; return next }
	var fields []iceberg.NestedField
	for _, f := range s.Fields {
		field := iceberg.NestedField{ID: id(), Name: f.Name, Doc: f.Label}
		switch f.Type {
		case schema.Integer:
			field.Type = iceberg.PrimitiveTypes.Int64
		case schema.Decimal:
			field.Type = iceberg.PrimitiveTypes.Float64
			if f.Exact() {
				field.Type = iceberg.DecimalTypeOf(38, f.Scale)
			}
		case schema.Boolean:
			field.Type = iceberg.PrimitiveTypes.Bool
		case schema.Date:
			field.Type = iceberg.PrimitiveTypes.Date
		case schema.Datetime:
			field.Type = iceberg.PrimitiveTypes.TimestampTz
		case schema.Point:
			field.Type = &iceberg.StructType{FieldList: []iceberg.NestedField{
				{ID: id(), Name: "lon", Type: iceberg.PrimitiveTypes.Float64}, {ID: id(), Name: "lat", Type: iceberg.PrimitiveTypes.Float64}}}
		default:
			field.Type = iceberg.PrimitiveTypes.String
		}
		fields = append(fields, field)
	}
	fields = append(fields, iceberg.NestedField{ID: id(), Name: engine.RowColumn, Type: iceberg.PrimitiveTypes.Int64, Doc: "place of the row, from 0"})
	return iceberg.NewSchema(0, fields...)
}
