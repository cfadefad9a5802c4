package score

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// The bounds of the checks of links.
const (
	columnLinks   = 20               // addresses of a column that are checked: a sample of the different ones
	datasetLinks  = 100              // of a dataset
	roundLinks    = 2000             // of a round
	hostLinks     = 50               // of one server, in a round
	linkIn        = 15 * time.Second // for one address to answer
	linkAgain     = 7 * 24 * time.Hour
	silentAgain   = 20 * time.Hour      // for one that did not answer
	linkForgotten = 60 * 24 * time.Hour // without being asked: no dataset has it any more
	silentMost    = 2                   // rounds without an answer: it is dead
)

// Link is an address that a dataset sends its readers to.
type Link struct {
	Place string `json:"place,omitempty"` // "contact", "source", "licence", "description" or "dictionary"; "" for a column
	Field string `json:"field,omitempty"`
	Row   int64  `json:"row,omitempty"`
	URL   string `json:"url"`
}

// isLink reports whether a value is a web address.
func isLink(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// linkSample keeps, of the addresses of a column, those of the smallest digests: the same ones whatever the order of the rows.
type linkSample struct {
	r      *reader
	column int
	kept   []sampledLink // by digest
}

type sampledLink struct {
	digest uint64
	Link
}

func newLinks(r *reader) (list []detector) {
	for i, f := range r.fields {
		if f.Type == schema.Text && !r.masked[i] && r.sample.share(i, func(v any) bool { return isLink(strings.TrimSpace(textOf(v))) }) >= 0.5 {
			list = append(list, &linkSample{r: r, column: i})
		}
	}
	return list
}

func (l *linkSample) criterion() string { return CriterionLinks }

func (l *linkSample) look(row record) {
	text := strings.TrimSpace(textOf(row.values[l.column]))
	if !isLink(text) || strings.ContainsAny(text, " \n") {
		return
	}
	digest := hashOf([]any{text})
	at, known := slices.BinarySearchFunc(l.kept, digest, func(k sampledLink, d uint64) int { return cmp.Compare(k.digest, d) })
	if known || at == columnLinks {
		return
	}
	l.kept = slices.Insert(l.kept, at, sampledLink{digest, Link{Field: l.r.fields[l.column].Name, Row: row.n, URL: text}})
	l.kept = l.kept[:min(len(l.kept), columnLinks)]
}

// tally counts nothing: whether an address answers is known later.
func (l *linkSample) tally() Tally { return Tally{} }

func (l *linkSample) links() (list []Link) {
	for _, k := range l.kept {
		list = append(list, k.Link)
	}
	return list
}

var linkInText = regexp.MustCompile(`https?://[^\s<>()\[\]"'«»]+`)

// linksOf are the addresses of a dataset: those of its description, then a sample of those of its columns, each once.
func linksOf(d asset.Dataset, reading *Reading) []Link {
	var list []Link
	add := func(l Link) {
		u, err := url.Parse(l.URL)
		known := slices.ContainsFunc(list, func(other Link) bool { return other.URL == l.URL })
		if err == nil && !known && u.User == nil && !reserved(u.Hostname()) && len(list) < datasetLinks {
			list = append(list, l)
		}
	}
	for place, text := range map[string]string{"contact": d.Contact, "source": d.Source, "licence": d.Licence} {
		if isLink(text) {
			list = append(list, Link{Place: place, URL: text})
		}
	}
	slices.SortFunc(list, func(a, b Link) int { return strings.Compare(a.Place, b.Place) })
	list = slices.DeleteFunc(list, func(l Link) bool {
		u, err := url.Parse(l.URL)
		return err != nil || u.User != nil || reserved(u.Hostname())
	})
	for _, address := range linkInText.FindAllString(d.Description, -1) {
		add(Link{Place: "description", URL: strings.TrimRight(address, ".,;:!?…*_")})
	}
	for _, name := range sortedKeys(d.Fields) {
		if address := d.Fields[name].Nomenclature; isLink(address) {
			add(Link{Place: "dictionary", Field: name, URL: address})
		}
	}
	if reading != nil && d.Level == asset.Open { // asking an address tells its server that it is in the data
		for _, l := range reading.Links {
			add(l)
		}
	}
	return list
}

// reserved reports whether a server is one that is nobody's, made for examples.
//
// Source: RFC 2606.
func reserved(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	top := host[strings.LastIndexByte(host, '.')+1:]
	return host == "" || slices.Contains([]string{"test", "example", "invalid", "localhost"}, top) || slices.Contains([]string{"example.com", "example.net", "example.org"}, host) ||
		strings.HasSuffix(host, ".example.com") || strings.HasSuffix(host, ".example.net") || strings.HasSuffix(host, ".example.org")
}

// linkState is what is known of an address.
type linkState struct {
	URL      string
	Checked  time.Time
	Failures int // rounds in a row without an answer
	Dead     bool
	Why      i18n.Text
}

// due reports whether an address is to be asked again.
func (l linkState) due(now time.Time) bool {
	if l.Failures > 0 && !l.Dead {
		return now.Sub(l.Checked) >= silentAgain
	}
	return now.Sub(l.Checked) >= linkAgain
}

// links measures the addresses that were checked.
func (s *Service) links(ctx context.Context, about subject) (Measure, error) {
	list := linksOf(about.dataset, about.reading)
	if len(list) == 0 {
		return inapplicable(i18n.T("La description et les colonnes ne mènent à aucune page.", "The description and the columns lead to no page.")), nil
	}
	states, err := s.linkStates(ctx)
	if err != nil {
		return Measure{}, err
	}
	m := Measure{State: Unmeasured, Why: i18n.T("Les liens ne sont pas encore vérifiés : ils le sont chaque semaine.", "The links are not checked yet: they are every week.")}
	for _, l := range list {
		state, known := states[l.URL]
		if !known {
			continue
		}
		m.State, m.Total, m.Why = Measured, m.Total+1, i18n.Text{}
		if !state.Dead {
			continue
		}
		m.Bad++
		finding := Finding{Kind: "dead-link", Bad: 1, Total: 1, Text: i18n.T("Un lien ne mène à rien. %s", "A link leads nowhere. %s", state.Why), Examples: []Example{{Row: l.Row, Cells: []Cell{{cmp.Or(l.Field, l.Place), l.URL}}}}}
		if l.Field != "" {
			finding.Fields = []string{l.Field}
		}
		m.Findings = append(m.Findings, finding)
	}
	m.Findings = worst(m.Findings)
	return m, nil
}

// CheckLinks asks the addresses of all datasets, those that were not asked for long, within bounds; what answers is remembered.
// It returns the datasets of which an address died or came back. A round in which nothing at all answers says nothing of the
// addresses: the portal itself is cut off.
func (s *Service) CheckLinks(ctx context.Context) (changed []string, err error) {
	states, err := s.linkStates(ctx)
	if err != nil {
		return nil, err
	}
	datasets, err := s.Assets.List(ctx, asset.Filter{States: []asset.State{asset.Published}})
	if err != nil {
		return nil, err
	}
	where := map[string][]string{} // datasets of each address that is due
	for _, d := range datasets {
		kept, _, err := s.kept(ctx, d.UID)
		if err != nil {
			return nil, err
		}
		for _, l := range linksOf(d, &kept.reading) {
			if state, known := states[l.URL]; !known || state.due(s.Now()) {
				where[l.URL] = append(where[l.URL], d.UID)
			}
		}
	}
	asked, answered, err := s.askLinks(ctx, s.turns(sortedKeys(where), states), states)
	if err != nil || answered == 0 {
		return nil, err
	}
	if err := s.keepLinks(ctx, asked); err != nil {
		return nil, err
	}
	for _, state := range asked {
		before, known := states[state.URL]
		if !known || before.Dead != state.Dead {
			changed = append(changed, where[state.URL]...)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed), nil
}

// turns chooses the addresses of a round: those that waited longest, a bounded number of each server, one server after the other.
func (s *Service) turns(due []string, states map[string]linkState) (chosen []string) {
	slices.SortStableFunc(due, func(a, b string) int { return states[a].Checked.Compare(states[b].Checked) })
	ofHost := map[string]int{}
	place := map[string]int{}
	for _, address := range due {
		u, err := url.Parse(address)
		if err != nil || ofHost[u.Host] == hostLinks || len(chosen) == roundLinks {
			continue
		}
		place[address] = ofHost[u.Host]
		ofHost[u.Host]++
		chosen = append(chosen, address)
	}
	slices.SortStableFunc(chosen, func(a, b string) int { return place[a] - place[b] })
	return chosen
}

// askLinks asks each address once.
func (s *Service) askLinks(ctx context.Context, addresses []string, states map[string]linkState) (asked []linkState, answered int, err error) {
	for _, address := range addresses {
		state := linkState{URL: address, Checked: s.Now()}
		within, cancel := context.WithTimeout(ctx, linkIn)
		err := s.Outbound.Check(within, address)
		cancel()
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		switch {
		case err == nil:
			answered++
		case fault.Is(err, fault.Unavailable) || fault.CodeOf(err) == "outbound_unreachable":
			state.Failures = states[address].Failures + 1
			state.Dead, state.Why = state.Failures >= silentMost, fault.Message(err)
		default: // an answer that says that there is nothing, or an address that nobody can reach
			if fault.CodeOf(err) == "outbound_status" {
				answered++
			}
			state.Failures, state.Dead, state.Why = states[address].Failures+1, true, fault.Message(err)
		}
		asked = append(asked, state)
	}
	return asked, answered, nil
}
