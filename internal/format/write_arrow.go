package format

import (
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"socle/internal/schema"
)

// arrowRows is how many rows are sent together: enough for the columns to be worth it, few enough to be nothing in
// memory.
const arrowRows = 8192

// arrowWriter writes an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html), a batch after the other.
type arrowWriter struct {
	w       io.Writer
	options WriteOptions
	fields  []schema.Field
	batch   *array.RecordBuilder
	stream  *ipc.Writer
	rows    int
}

func newArrowWriter(w io.Writer, o WriteOptions) Writer { return &arrowWriter{w: w, options: o} }

var arrowPoint = arrow.StructOf(arrow.Field{Name: "lon", Type: arrow.PrimitiveTypes.Float64}, arrow.Field{Name: "lat", Type: arrow.PrimitiveTypes.Float64})

func arrowType(f schema.Field) arrow.DataType {
	switch f.Type {
	case schema.Integer:
		return arrow.PrimitiveTypes.Int64
	case schema.Decimal:
		if f.Exact() {
			return &arrow.Decimal128Type{Precision: 38, Scale: int32(f.Scale)}
		}
		return arrow.PrimitiveTypes.Float64
	case schema.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case schema.Date:
		return arrow.FixedWidthTypes.Date32
	case schema.Datetime:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	case schema.Point:
		return arrowPoint
	}
	return arrow.BinaryTypes.String
}

// Begin implements [Writer].
func (a *arrowWriter) Begin(s schema.Schema) error {
	a.fields = s.Fields
	columns := make([]arrow.Field, len(s.Fields))
	for i, f := range a.options.titled(s.Fields) {
		columns[i] = arrow.Field{Name: f.Name, Type: arrowType(s.Fields[i]), Nullable: true,
			Metadata: arrow.MetadataFrom(map[string]string{"label": f.Label})}
	}
	described := arrow.NewSchema(columns, nil)
	a.batch = array.NewRecordBuilder(memory.DefaultAllocator, described)
	a.stream = ipc.NewWriter(a.w, ipc.WithSchema(described))
	return nil
}

// Row implements [Writer].
func (a *arrowWriter) Row(values []any) error {
	for i, f := range a.fields {
		if err := arrowAppend(a.batch.Field(i), f, values[i]); err != nil {
			return err
		}
	}
	if a.rows++; a.rows < arrowRows {
		return nil
	}
	return a.send()
}

// arrowAppend adds a value to a column.
func arrowAppend(column array.Builder, f schema.Field, value any) error {
	switch b := column.(type) {
	case *array.Int64Builder:
		if v, ok := value.(int64); ok {
			b.Append(v)
			return nil
		}
	case *array.Float64Builder:
		if v, ok := value.(float64); ok {
			b.Append(v)
			return nil
		}
	case *array.Decimal128Builder:
		if v, ok := value.(string); ok {
			n, err := decimalOf(v, f.Scale)
			b.Append(n)
			return err
		}
	case *array.BooleanBuilder:
		if v, ok := value.(bool); ok {
			b.Append(v)
			return nil
		}
	case *array.Date32Builder:
		if v, ok := value.(time.Time); ok {
			b.Append(arrow.Date32FromTime(v))
			return nil
		}
	case *array.TimestampBuilder:
		if v, ok := value.(time.Time); ok {
			b.Append(arrow.Timestamp(v.UnixMicro()))
			return nil
		}
	case *array.StructBuilder:
		if v, ok := value.(schema.Coordinates); ok {
			b.Append(true)
			b.FieldBuilder(0).(*array.Float64Builder).Append(v.Lon)
			b.FieldBuilder(1).(*array.Float64Builder).Append(v.Lat)
			return nil
		}
	case *array.StringBuilder:
		if value != nil {
			b.Append(plain(f, value))
			return nil
		}
	}
	if value != nil {
		return fmt.Errorf("format: arrow: a %T in the column %s", value, f.Name)
	}
	column.AppendNull()
	return nil
}

// decimalOf reads a decimal written with all its digits.
func decimalOf(text string, scale int) (decimal128.Num, error) {
	whole, decimals, _ := strings.Cut(text, ".")
	if len(decimals) > scale {
		return decimal128.Num{}, fmt.Errorf("format: arrow: %s has more than %d decimals", text, scale)
	}
	n, ok := new(big.Int).SetString(whole+decimals+strings.Repeat("0", scale-len(decimals)), 10)
	if !ok || n.BitLen() > 127 {
		return decimal128.Num{}, fmt.Errorf("format: arrow: %s is no decimal of 38 digits", text)
	}
	return decimal128.FromBigInt(n), nil
}

func (a *arrowWriter) send() error {
	record := a.batch.NewRecordBatch()
	defer record.Release()
	a.rows = 0
	return a.stream.Write(record)
}

// End implements [Writer].
func (a *arrowWriter) End() error {
	if a.rows > 0 {
		if err := a.send(); err != nil {
			return err
		}
	}
	return a.stream.Close()
}

// Close implements [Writer].
func (a *arrowWriter) Close() error {
	if a.batch != nil {
		a.batch.Release()
		a.batch = nil
	}
	return nil
}
