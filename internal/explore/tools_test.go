package explore

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	protocol "github.com/modelcontextprotocol/go-sdk/mcp"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/mcp"
	"socle/internal/schema"
	"socle/internal/web"
)

// bearer is the token of an assistant, sent with each of its calls.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Language", "en")
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// assistants opens the door of assistants of a house, and returns its address.
func (h *house) assistants() string {
	h.t.Helper()
	door := mcp.New(mcp.Options{Version: "test", Instructions: ToolInstructions, Log: quiet()})
	h.service.Tools(door)
	site := web.New(web.Options{People: h.people, Log: quiet()})
	site.Mount(mcp.Path, door.Handler())
	server := httptest.NewServer(site.Handler())
	h.t.Cleanup(server.Close)
	return server.URL + mcp.Path
}

// assistant connects as the official client does.
func (h *house) assistant(address, token string) *protocol.ClientSession {
	h.t.Helper()
	client := protocol.NewClient(&protocol.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(h.t.Context(), &protocol.StreamableClientTransport{Endpoint: address, HTTPClient: &http.Client{Transport: bearer(token)}, DisableStandaloneSSE: true}, nil)
	h.must(err)
	h.t.Cleanup(func() { session.Close() })
	return session
}

// use calls a tool and reads its answer into out. It returns the text of the answer, and whether it is an error.
func (h *house) use(session *protocol.ClientSession, tool string, in map[string]any, out any) (text string, failed bool) {
	h.t.Helper()
	result, err := session.CallTool(h.t.Context(), &protocol.CallToolParams{Name: tool, Arguments: in})
	h.must(err)
	text = result.Content[0].(*protocol.TextContent).Text
	if out != nil && !result.IsError {
		structured, err := json.Marshal(result.StructuredContent)
		h.must(err)
		h.must(json.Unmarshal([]byte(text), out))
		var a, b any
		h.must(json.Unmarshal(structured, &a))
		h.must(json.Unmarshal([]byte(text), &b))
		if fmt.Sprint(a) != fmt.Sprint(b) {
			h.t.Errorf("%s: the text and the structured answer differ", tool)
		}
	}
	return text, result.IsError
}

func TestAssistantsAreTaughtTheToolsAndHowToCite(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	if got := session.InitializeResult().Instructions; !strings.Contains(got, "citation.address") {
		t.Errorf("the instructions do not say how to cite: %q", got)
	}
	list, err := session.ListTools(t.Context(), nil)
	h.must(err)
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if tool.Title == "" || len(tool.Description) < 60 || tool.InputSchema == nil || tool.OutputSchema == nil || !tool.Annotations.ReadOnlyHint {
			t.Errorf("%s is not described: %+v", tool.Name, tool)
		}
	}
	slices.Sort(names)
	if want := "[describe_dataset list_values query_dataset query_sql read_rows search_datasets]"; fmt.Sprint(names) != want {
		t.Errorf("the tools are %v, want %s", names, want)
	}
	templates, err := session.ListResourceTemplates(t.Context(), nil)
	h.must(err)
	if len(templates.ResourceTemplates) != 1 || templates.ResourceTemplates[0].URITemplate != "socle://dataset/{dataset}" {
		t.Errorf("the documents are %+v", templates.ResourceTemplates)
	}
}

func TestAssistantsFindDatasetsByWordsEvenOnesTooMany(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	for _, test := range []struct {
		name string
		in   map[string]any
		want string
		note bool
	}{
		{"without words, all that is open", nil, "[calendrier etablissements]", false},
		{"a word without its accent", map[string]any{"query": "etablissements"}, "[etablissements]", false},
		{"a sentence of which some words only are found", map[string]any{"query": "effectifs par établissement en 2024"}, "[etablissements]", true},
		{"nothing like it", map[string]any{"query": "zzzz"}, "[]", true},
		{"a page after the last", map[string]any{"offset": 50}, "[]", false},
		{"a theme", map[string]any{"theme": "Vie scolaire"}, "[calendrier]", false},
		{"a page", map[string]any{"limit": 1, "offset": 1}, "[etablissements]", false},
		{"words with quotes", map[string]any{"query": `"calendrier" \ scolaire`}, "[calendrier]", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got searchAnswer
			text, failed := h.use(session, "search_datasets", test.in, &got)
			ids := []string{}
			for _, d := range got.Datasets {
				ids = append(ids, d.Dataset)
			}
			if failed || fmt.Sprint(ids) != test.want || (got.Note != "") != test.note {
				t.Errorf("got %v, note %q: %s", ids, got.Note, text)
			}
		})
	}
}

func TestAssistantsReadWhatADatasetIs(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	var got datasetWords
	text, failed := h.use(session, "describe_dataset", map[string]any{"dataset": "etablissements"}, &got)
	if failed || got.Title != "Établissements scolaires" || *got.Rows != 300 || len(got.Fields) != len(schoolFields) || got.Key[0] != "uai" || got.Source != "Recensement fictif" {
		t.Fatalf("%s", text)
	}
	if f := got.Fields[5]; f.Name != "effectif" || f.Type != "integer" || f.Unit != "élèves" || !got.Fields[2].Category {
		t.Errorf("fields: %+v", got.Fields)
	}
	c := got.Citation
	if c.Version != 1 || c.Date == "" || c.Producer != "Académie de Nulle-Part" || !strings.HasPrefix(c.Licence, "Licence Ouverte") || !strings.Contains(c.Text, "version 1") || !strings.HasSuffix(c.Page, "/jeux/etablissements") {
		t.Errorf("citation: %+v", c)
	}
	document, err := session.ReadResource(t.Context(), &protocol.ReadResourceParams{URI: "socle://dataset/etablissements"})
	h.must(err)
	if document.Contents[0].Text != text {
		t.Errorf("the document is not what the tool answers: %s", document.Contents[0].Text)
	}
	if _, err := session.ReadResource(t.Context(), &protocol.ReadResourceParams{URI: "socle://dataset/interne"}); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("a document that is not open: %v", err)
	}
}

func (h *house) compact(value any) []byte {
	h.t.Helper()
	text, err := json.Marshal(value)
	h.must(err)
	return text
}

func TestAssistantsComputeAsTheExploreAPIDoes(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	for _, test := range []struct {
		name string
		in   map[string]any
		rows int
	}{
		{"groups", map[string]any{"select": "academie, count(*) as n, avg(ips) as ips", "group_by": "academie", "order_by": "n desc, academie"}, 3},
		{"a total", map[string]any{"select": "sum(effectif) as total, median(ips) as m", "where": "secteur = 'Public'"}, 1},
		{"rows", map[string]any{"where": "effectif > 100", "order_by": "effectif desc", "limit": 7, "offset": 3}, 7},
		{"a refinement", map[string]any{"refine": []string{"academie:Paris"}, "exclude": []string{"type:Lycée"}, "select": "uai, maj, pos"}, 20},
		{"a version", map[string]any{"version": 1, "select": "nom"}, 20},
		{"more than may be", map[string]any{"limit": 5000, "select": "uai"}, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in["dataset"] = "etablissements"
			var got rowsAnswer
			text, failed := h.use(session, "query_dataset", test.in, &got)
			if failed || len(got.Rows) != test.rows || len(got.Columns) == 0 {
				t.Fatalf("%d rows: %s", len(got.Rows), text)
			}
			// The address of the citation gives the same rows, from the same version.
			u, err := url.Parse(got.Citation.Address)
			h.must(err)
			answer, body := h.get(u.RequestURI())
			var page struct {
				Results []json.RawMessage `json:"results"`
			}
			if answer.StatusCode != http.StatusOK || !strings.Contains(u.Path, "/versions/1/") {
				t.Fatalf("%s: %d %s", u, answer.StatusCode, body)
			}
			h.must(json.Unmarshal([]byte(body), &page))
			if written, err := json.Marshal(page.Results); err != nil || string(written) != string(h.compact(got.Rows)) {
				t.Errorf("the address gives %s\nthe tool %s", page.Results, got.Rows)
			}
		})
	}
	var first, second rowsAnswer
	h.use(session, "read_rows", map[string]any{"dataset": "etablissements", "fields": []string{"uai", "nom"}}, &first)
	h.use(session, "read_rows", map[string]any{"dataset": "etablissements", "fields": []string{"uai", "nom"}, "offset": first.Next}, &second)
	if len(first.Rows) != 5 || first.Next != 5 || *first.Total != 300 || len(second.Rows) != 5 || string(second.Rows[0]) != `{"uai":"0770005X","nom":"École Victor Hugo 5"}` {
		t.Errorf("a few rows: %s then %s", first.Rows, second.Rows)
	}
}

func TestAssistantsListTheValuesOfAField(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	var got valuesAnswer
	text, failed := h.use(session, "list_values", map[string]any{"dataset": "etablissements", "field": "academie", "where": "secteur = 'Public'"}, &got)
	if failed || fmt.Sprint(got.Values) != "[{Lyon 50} {Paris 50} {Val-d’Ombre 50}]" || got.Cut != "" {
		t.Errorf("%s", text)
	}
	got = valuesAnswer{}
	if text, _ := h.use(session, "list_values", map[string]any{"dataset": "etablissements", "field": "uai", "limit": 10}, &got); len(got.Values) != 10 || !strings.Contains(got.Cut, "10 most frequent") {
		t.Errorf("values that are cut: %s", text)
	}
	u, err := url.Parse(got.Citation.Address)
	h.must(err)
	if answer, body := h.get(u.RequestURI()); answer.StatusCode != http.StatusOK || strings.Count(body, `"state"`) != 10 {
		t.Errorf("the address of the citation: %d %s", answer.StatusCode, body)
	}
}

func TestAssistantsJoinInSQLWhatTheyMaySee(t *testing.T) {
	h := portal(t)
	d, err := h.assets.Get(h.admin, "restreint")
	h.must(err)
	secret := h.granted(d, []string{"nom"}, "n > 100")
	address := h.assistants()
	session := h.assistant(address, "")
	var got sqlToolAnswer
	text, failed := h.use(session, "query_sql", map[string]any{"sql": `SELECT e.academie, count(*) AS n FROM "etablissements@1" AS e JOIN calendrier AS c ON c.n = 4 GROUP BY 1 ORDER BY 1`, "limit": 2}, &got)
	if failed || len(got.Rows) != 2 || string(got.Rows[0]) != `{"academie":"Lyon","n":100}` || !strings.Contains(got.Cut, "first 2 rows") || len(got.Columns) != 2 || got.Columns[1].Type != "integer" {
		t.Errorf("%s", text)
	}
	if len(got.Sources) != 2 || got.Sources[0].Dataset != "etablissements" || got.Sources[0].Version != 1 || !strings.Contains(got.Sources[1].Text, "Calendrier scolaire") {
		t.Errorf("sources: %+v", got.Sources)
	}
	u, err := url.Parse(got.Address)
	h.must(err)
	if answer, body := h.get(u.RequestURI()); answer.StatusCode != http.StatusOK || !strings.Contains(body, `"Lyon"`) {
		t.Errorf("the address %s: %d %s", u, answer.StatusCode, body)
	}
	for _, test := range []struct{ name, sql, says string }{
		{"what is not open", `SELECT * FROM restreint`, "restreint"}, {"a file", `SELECT * FROM read_csv('/etc/passwd')`, "sql_"},
		{"another statement", `DROP TABLE calendrier`, "reading"}, {"a misspelt field", `SELECT academi FROM etablissements`, "academi"}, {"nothing", "", "sql"},
	} {
		if text, failed := h.use(session, "query_sql", map[string]any{"sql": test.sql}, nil); !failed || !strings.Contains(text, test.says) {
			t.Errorf("%s: %s", test.name, text)
		}
	}
	if text, failed := h.use(h.assistant(address, secret), "query_sql", map[string]any{"sql": `SELECT count(*) AS n FROM restreint`}, nil); failed || !strings.Contains(text, `"rows":[{"n":0}]`) {
		t.Errorf("with a grant that shows no row: %s", text)
	}
	if text, failed := h.use(h.assistant(address, secret), "query_sql", map[string]any{"sql": `SELECT n FROM restreint`}, nil); !failed {
		t.Errorf("a field that the grant does not show: %s", text)
	}
	if text, failed := h.use(session, "query_sql", map[string]any{"sql": `SELECT a.*, b.nom AS autre, b.uai AS code2 FROM etablissements a, etablissements b`, "limit": 500}, &got); failed || len(text) > 2*toolBytes+20_000 || !strings.Contains(got.Cut, "kB") {
		t.Errorf("a large answer: %d bytes, %s", len(text), got.Cut)
	}
}

func TestAssistantsAreToldHowToPutAQuestionRight(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	for _, test := range []struct {
		name, tool string
		in         map[string]any
		says       []string
	}{
		{"a misspelt field", "query_dataset", map[string]any{"dataset": "etablissements", "select": "academi"}, []string{`"suggestion":"academie"`, `"parameter":"select"`, `"position":0`, "Did you mean"}},
		{"a broken condition", "query_dataset", map[string]any{"dataset": "etablissements", "where": "effectif >"}, []string{"ODSQLSyntaxError", `"parameter":"where"`}},
		{"a misspelt field to list", "list_values", map[string]any{"dataset": "etablissements", "field": "secteurs"}, []string{"Did you mean “secteur”"}},
		{"a dataset that is not", "describe_dataset", map[string]any{"dataset": "zzz"}, []string{"UnknownDatasetError"}},
		{"a version that is not", "read_rows", map[string]any{"dataset": "etablissements", "version": 9}, []string{"UnknownVersionError"}},
		{"an offset too far", "query_dataset", map[string]any{"dataset": "etablissements", "offset": 50000}, []string{"InvalidRESTParameterError", "offset"}},
		{"a time zone that is not", "query_dataset", map[string]any{"dataset": "etablissements", "timezone": "Mars"}, []string{"Europe/Paris"}},
		{"a parameter that is not", "query_dataset", map[string]any{"dataset": "etablissements", "filter": "x"}, []string{"filter"}},
		{"no dataset", "query_dataset", map[string]any{}, []string{"dataset"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, failed := h.use(session, test.tool, test.in, nil)
			for _, says := range test.says {
				if !failed || !strings.Contains(text, says) {
					t.Errorf("does not say %s: %s", says, text)
				}
			}
		})
	}
}

func TestAnswersToAssistantsAreBoundedAndSaySo(t *testing.T) {
	h := portal(t)
	fields := []schema.Field{{Name: "n", Label: "N", Type: schema.Integer}, {Name: "texte", Label: "Texte", Type: schema.Text}}
	var rows strings.Builder
	for i := range 60 {
		fmt.Fprintf(&rows, "%d;%s\n", i, strings.Repeat("a", 2000))
	}
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "long"}, Title: "Longs textes"}), fields, rows.String())
	session := h.assistant(h.assistants(), "")
	seen, offset := 0, 0
	for range 5 {
		var got rowsAnswer
		text, failed := h.use(session, "query_dataset", map[string]any{"dataset": "long", "limit": 60, "offset": offset}, &got)
		if failed || len(text) > 60_000 {
			t.Fatalf("an answer of %d bytes", len(text))
		}
		if offset == 0 && !strings.Contains(got.Cut, "of the 60 asked for") {
			t.Errorf("the cut is not said: %q", got.Cut)
		}
		seen += len(got.Rows)
		if offset = got.Next; offset == 0 {
			break
		}
	}
	if seen != 60 {
		t.Errorf("going from cut to cut gives %d rows of 60", seen)
	}
}

func TestAssistantsHaveTheRightsOfTheirToken(t *testing.T) {
	h := portal(t)
	address := h.assistants()
	d, err := h.assets.Get(h.admin, "restreint")
	h.must(err)
	other, err := h.people.CreateOrganization(h.admin, identity.Organization{Name: "Autre", Slug: "autre"})
	h.must(err)
	granted, token, err := h.people.CreateToken(h.admin, identity.NewToken{Name: "Avec accès", OrgID: other.ID, Role: identity.Reader, Scopes: []identity.Scope{identity.ScopeRead}})
	h.must(err)
	_, err = h.access.Grant(h.admin, access.Grant{AssetUID: d.UID, SubjectKind: access.ToApplication, SubjectID: token.ID, Fields: []string{"nom"}, Purpose: "Essai"})
	h.must(err)
	for _, test := range []struct {
		name, token, sees string
		hidden            []string
	}{
		{"anybody", "", "[calendrier etablissements]", []string{"interne", "restreint"}},
		{"a member", h.secret, "[calendrier etablissements interne restreint]", nil},
		{"an application with a grant", granted, "[calendrier etablissements interne restreint]", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			session := h.assistant(address, test.token)
			var found searchAnswer
			text, _ := h.use(session, "search_datasets", map[string]any{"limit": 50}, &found)
			ids := []string{}
			for _, d := range found.Datasets {
				ids = append(ids, d.Dataset)
			}
			if slices.Sort(ids); fmt.Sprint(ids) != test.sees {
				t.Errorf("sees %v, want %s", ids, test.sees)
			}
			for _, id := range test.hidden {
				if strings.Contains(text, id) {
					t.Errorf("the list names %s", id)
				}
				for tool, in := range map[string]map[string]any{"describe_dataset": {}, "query_dataset": {}, "read_rows": {"version": 1}, "list_values": {"field": "nom"}} {
					in["dataset"] = id
					text, failed := h.use(session, tool, in, nil)
					in["dataset"] = strings.Repeat("z", len(id))
					absent, _ := h.use(session, tool, in, nil)
					if !failed || strings.ReplaceAll(text, id, strings.Repeat("z", len(id))) != absent {
						t.Errorf("%s tells %s from what does not exist: %s\n%s", tool, id, text, absent)
					}
				}
				if text, _ := h.use(session, "search_datasets", map[string]any{"query": "notes suivi"}, nil); !strings.Contains(text, `"total":0`) {
					t.Errorf("a search names it: %s", text)
				}
			}
		})
	}
	session := h.assistant(address, granted)
	if text, failed := h.use(session, "query_dataset", map[string]any{"dataset": "restreint", "select": "n"}, nil); !failed || strings.Contains(text, "3") && strings.Contains(text, `"rows"`) {
		t.Errorf("a field that the grant does not show: %s", text)
	}
	var words datasetWords
	if text, _ := h.use(session, "describe_dataset", map[string]any{"dataset": "restreint"}, &words); len(words.Fields) != 1 || words.Rows != nil || !words.Citation.NeedsToken {
		t.Errorf("the description shows more than the grant: %s", text)
	}
	h.must(h.people.RevokeToken(h.admin, token.ID))
	if _, err := session.CallTool(t.Context(), &protocol.CallToolParams{Name: "search_datasets"}); err == nil {
		t.Error("a revoked token still answers at the next call")
	}
}

func TestTheDoorOfAssistantsRefusesWhatIsNotOne(t *testing.T) {
	h := portal(t)
	address := h.assistants()
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
	ask := func(method, body string, headers ...string) (int, string, http.Header) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		h.must(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		for i := 0; i < len(headers); i += 2 {
			if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
				r.Host = headers[i+1]
			}
		}
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		h.must(err)
		return answer.StatusCode, string(text), answer.Header
	}
	for _, test := range []struct {
		name, method, body string
		headers            []string
		status             int
		says               string
	}{
		{"a call", "POST", list, nil, 200, "query_dataset"},
		{"a page of another site", "POST", list, []string{"Origin", "https://ailleurs.example"}, 403, "another site|autre site"},
		{"a page of another site, with a token", "POST", list, []string{"Origin", "https://ailleurs.example", "Authorization", "Bearer " + h.secret}, 403, "autre site"},
		{"a name made to lead here", "POST", list, []string{"Host", "ailleurs.example"}, 403, "--url"},
		{"the same, as its own origin", "POST", list, []string{"Host", "ailleurs.example", "Origin", "http://ailleurs.example"}, 403, "--url"},
		{"several calls at once", "POST", "[" + list + "," + list + "]", nil, 400, "Un seul appel"},
		{"a call too large", "POST", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"` + strings.Repeat("a", 300<<10) + `"}}`, nil, 413, "Ko"},
		{"an unknown token", "POST", list, []string{"Authorization", "Bearer socle_xyz"}, 401, "jsonrpc"},
		{"a stream of events, which needs a session", "GET", "", nil, 405, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body, header := ask(test.method, test.body, test.headers...)
			says := slices.ContainsFunc(strings.Split(test.says, "|"), func(s string) bool { return strings.Contains(body, s) })
			if status != test.status || !says || status == 401 && !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("status %d: %s", status, body)
			}
		})
	}
}

func TestACallThatItsAssistantLeavesEnds(t *testing.T) {
	h := portal(t)
	session := h.assistant(h.assistants(), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := session.CallTool(ctx, &protocol.CallToolParams{Name: "search_datasets"}); err == nil {
		t.Error("a call that was left answers")
	}
	if _, failed := h.use(session, "search_datasets", nil, nil); failed {
		t.Error("the next call fails")
	}
}
