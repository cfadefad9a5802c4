package cli

import (
	"encoding/json"
	"net/url"
	"strconv"

	"socle/internal/i18n"
)

type datasetsCommand struct {
	Search string `help:"Words to look for." short:"s"`
}

// Help is shown by socle datasets --help.
func (datasetsCommand) Help() string {
	return "Lists the datasets that may be read, the first hundred of those that match.\n\nExample:\n  socle datasets --search \"effectifs collèges\""
}

// exploreDataset is what the list shows of a dataset of the Explore API.
type exploreDataset struct {
	ID    string `json:"dataset_id"`
	Metas struct {
		Default struct {
			Title     string `json:"title"`
			Publisher string `json:"publisher"`
			Modified  string `json:"data_processed"`
			Rows      int64  `json:"records_count"`
		} `json:"default"`
	} `json:"metas"`
}

// Run lists the datasets.
func (c datasetsCommand) Run(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	parameters := url.Values{"limit": {"100"}}
	if c.Search != "" {
		words, err := json.Marshal(c.Search)
		if err != nil {
			return err
		}
		parameters.Set("where", "search("+string(words)+")")
	}
	var answer struct {
		Total   int64             `json:"total_count"`
		Results []json.RawMessage `json:"results"`
	}
	if err := client.get(s.ctx, explorePrefix+"/catalog/datasets", parameters, &answer); err != nil {
		return err
	}
	if s.globals.JSON {
		return s.json(answer.Results)
	}
	rows := make([][]string, 0, len(answer.Results))
	for _, result := range answer.Results {
		var d exploreDataset
		if err := json.Unmarshal(result, &d); err != nil {
			return err
		}
		day := d.Metas.Default.Modified
		if len(day) > 10 {
			day = day[:10]
		}
		rows = append(rows, []string{d.ID, d.Metas.Default.Title, d.Metas.Default.Publisher, i18n.Integer(s.lang, d.Metas.Default.Rows), day})
	}
	if err := s.table([]string{"id", s.say("titre", "title"), s.say("producteur", "producer"), s.say("lignes", "rows"), s.say("publié le", "published")}, rows); err != nil {
		return err
	}
	if answer.Total > int64(len(rows)) {
		s.println("… et %s autres.", "… and %s more.", strconv.FormatInt(answer.Total-int64(len(rows)), 10))
	}
	return nil
}
