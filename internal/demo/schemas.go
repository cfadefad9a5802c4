package demo

import (
	"embed"
	"fmt"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

// Schema is a version of an invented schema.
type Schema struct {
	Owner    string // slug of the organisation
	Name     string
	Number   string // of the version
	Document []byte
	Note     string
}

// Schemas returns the schemas of the demonstration, the oldest version of each first.
func Schemas() ([]Schema, error) {
	list := []Schema{
		{Owner: "academie-saint-aurele", Name: "sections-sportives", Number: "1.0.0", Note: "Première version."},
		{Owner: "academie-saint-aurele", Name: "sections-sportives", Number: "1.1.0", Note: "Ajout du champ « courriel », facultatif."},
		{Owner: "academie-saint-aurele", Name: "annuaire-etablissements", Number: "1.0.0", Note: "Première version."},
		{Owner: "direction-statistiques", Name: "effectifs-second-degre", Number: "1.0.0", Note: "Première version."},
		{Owner: "direction-sports", Name: "equipements-sportifs", Number: "1.0.0", Note: "Première version."},
	}
	for i, s := range list {
		document, err := schemaFiles.ReadFile("schemas/" + s.Name + "-" + s.Number + ".json")
		if err != nil {
			return nil, fmt.Errorf("schema of the demonstration: %w", err)
		}
		list[i].Document = document
	}
	return list, nil
}
