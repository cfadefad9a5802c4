package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"socle/internal/i18n"
)

type exportCommand struct {
	question
	Format     string `help:"csv, json, ndjson, geojson, xlsx, ods or parquet." default:"csv" short:"f" placeholder:"FORMAT"`
	Output     string `help:"File to write; standard output when absent." short:"o" placeholder:"FILE"`
	Limit      int    `help:"Rows at most; all of them when negative." default:"-1"`
	Delimiter  string `help:"CSV: ; , | or a tab." default:";"`
	Labels     bool   `help:"Headers are labels instead of technical names."`
	Bom        bool   `help:"CSV: begin with a byte order mark, for spreadsheets."`
	Neutralise bool   `help:"Put an apostrophe before texts that a spreadsheet would run as formulas."`
}

// Help is shown by socle export --help.
func (exportCommand) Help() string {
	return "Writes every row that the question keeps, in the order of the file, whatever its size.\n\nExample:\n" +
		"  socle export effectifs-colleges --format xlsx --output effectifs.xlsx"
}

// Run writes the file. One that is cut on the way does not stay.
func (c exportCommand) Run(s *session) (err error) {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	parameters := c.parameters()
	parameters.Set("limit", strconv.Itoa(c.Limit))
	parameters.Set("use_labels", strconv.FormatBool(c.Labels))
	if c.Format == "csv" {
		parameters.Set("delimiter", c.Delimiter)
		parameters.Set("with_bom", strconv.FormatBool(c.Bom))
	}
	if c.Neutralise {
		parameters.Set("neutralise_formulas", "true")
	}
	response, err := client.do(s.ctx, http.MethodGet, c.path()+"/exports/"+c.Format, parameters, nil, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if c.Output == "" {
		_, err = io.Copy(s.out, response.Body)
		return err
	}
	target, err := os.CreateTemp(filepath.Dir(c.Output), ".socle-export-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(target.Name()))
		}
	}()
	bar := s.progress(i18n.T("Export", "Export"), response.ContentLength)
	size, err := io.Copy(io.MultiWriter(target, bar), response.Body)
	bar.done()
	if e := target.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(target.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(target.Name(), c.Output)
	}
	if err == nil && !s.globals.JSON {
		fmt.Fprintln(s.err, s.say("%s écrit, %s.", "%s written, %s.", c.Output, i18n.Bytes(s.lang, size)))
	}
	return err
}
