package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"socle/internal/i18n"
)

const explorePrefix = "/api/explore/v2.1"

// question is the part of a query that records and exports share.
type question struct {
	Dataset string   `arg:"" help:"Identifier of the dataset." name:"dataset"`
	Select  string   `help:"Fields, expressions and aggregates." placeholder:"EXPR"`
	Where   []string `help:"Conditions, which must all hold." sep:"none" placeholder:"EXPR"`
	GroupBy string   `help:"Keys of groups." placeholder:"EXPR"`
	OrderBy string   `help:"Order." placeholder:"EXPR"`
	Refine  []string `help:"Keep the rows of a value: FIELD:VALUE." sep:"none" placeholder:"FIELD:VALUE"`
	Exclude []string `help:"Leave out the rows of a value: FIELD:VALUE." sep:"none" placeholder:"FIELD:VALUE"`
}

func (q question) parameters() url.Values {
	p := url.Values{"where": q.Where, "refine": q.Refine, "exclude": q.Exclude}
	for name, value := range map[string]string{"select": q.Select, "group_by": q.GroupBy, "order_by": q.OrderBy} {
		if value != "" {
			p.Set(name, value)
		}
	}
	return p
}

func (q question) path() string {
	return explorePrefix + "/catalog/datasets/" + url.PathEscape(q.Dataset)
}

type queryCommand struct {
	question
	Limit  int `help:"Rows at most." default:"20"`
	Offset int `help:"Rows to skip."`
}

// Help is shown by socle query --help.
func (queryCommand) Help() string {
	return "Answers as the data API does, as a table for people or JSON for machines.\n\nExample:\n" +
		"  socle query effectifs-colleges --select \"count(*) as n\" --group-by academie --order-by \"n desc\""
}

// Run asks and writes the answer.
func (c queryCommand) Run(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	parameters := c.parameters()
	parameters.Set("limit", strconv.Itoa(c.Limit))
	parameters.Set("offset", strconv.Itoa(c.Offset))
	var answer struct {
		Total   *int64            `json:"total_count"`
		Results []json.RawMessage `json:"results"`
	}
	if err := client.get(s.ctx, c.path()+"/records", parameters, &answer); err != nil {
		return err
	}
	if s.globals.JSON {
		return s.json(answer.Results)
	}
	headers, rows, err := tabulate(answer.Results)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		s.println("Aucune ligne.", "No row.")
		return nil
	}
	if err := s.table(headers, rows); err != nil {
		return err
	}
	if answer.Total != nil && *answer.Total > int64(len(rows)) {
		fmt.Fprintln(s.out, i18n.Count(*answer.Total, i18n.T("ligne en tout", "row in all"), i18n.T("lignes en tout", "rows in all")).In(s.lang))
	}
	return nil
}

// tabulate lays objects out as rows, their members in the order of the first object.
func tabulate(objects []json.RawMessage) (headers []string, rows [][]string, err error) {
	for i, object := range objects {
		decoder := json.NewDecoder(bytes.NewReader(object))
		if _, err := decoder.Token(); err != nil {
			return nil, nil, err
		}
		values := map[string]string{}
		for decoder.More() {
			token, err := decoder.Token()
			if err != nil {
				return nil, nil, err
			}
			name, _ := token.(string)
			var value json.RawMessage
			if err := decoder.Decode(&value); err != nil {
				return nil, nil, err
			}
			if i == 0 {
				headers = append(headers, name)
			}
			values[name] = shown(value)
		}
		row := make([]string, len(headers))
		for j, name := range headers {
			row[j] = values[name]
		}
		rows = append(rows, row)
	}
	return headers, rows, nil
}

func shown(value json.RawMessage) string {
	var text string
	switch {
	case string(value) == "null":
		return ""
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	return string(value)
}
