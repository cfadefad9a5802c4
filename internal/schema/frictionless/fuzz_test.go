package frictionless

import (
	"testing"

	"socle/internal/fault"
)

// FuzzParsePackage reads anything as a package: what is accepted is written, and read again as the same.
func FuzzParsePackage(f *testing.F) {
	f.Add([]byte(`{"resources":[{"name":"a","path":["a.csv","b.csv"],"schema":"s.json","dialect":{"delimiter":";"},"bytes":3,"hash":"md5:0"}]}`))
	f.Add([]byte(`{"name":"p","resources":[{"name":"a","data":[{"x":1}],"type":"table","schema":{"fields":[{"name":"x","type":"integer"}]}}],"x":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePackage(data)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("a defect: %v", err)
			}
			return
		}
		for i := range p.Resources {
			p.Resources[i].Tabular()
		}
		once, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePackage(once)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, once)
		}
		twice, err := again.MarshalJSON()
		if err != nil || string(once) != string(twice) {
			t.Fatalf("written twice, it differs:\n%s\n%s", once, twice)
		}
	})
}

// FuzzParseDialect reads anything as a dialect.
func FuzzParseDialect(f *testing.F) {
	f.Add([]byte(`{"delimiter":";","quoteChar":"'","doubleQuote":false,"escapeChar":"\\","header":false,"headerRows":[1,2],"commentChar":"#","nullSequence":"NA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := ParseDialect(data); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("a defect: %v", err)
		}
	})
}
