package explore

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"

	"socle/internal/asset"
	"socle/internal/schema"
)

// calendarFields are those of the school calendar of the ministry.
var calendarFields = []schema.Field{
	{Name: "description", Label: "Description", Type: schema.Text}, {Name: "population", Label: "Population", Type: schema.Text},
	{Name: "start_date", Label: "Date de début", Type: schema.Datetime}, {Name: "end_date", Label: "Date de fin", Type: schema.Datetime},
	{Name: "location", Label: "Académies", Type: schema.Text}, {Name: "zones", Label: "Zones", Type: schema.Text},
}

// holidays are invented holidays, at the midnights of Paris as that portal writes them.
func holidays(pad string) string {
	var b strings.Builder
	b.WriteString(pad)
	for i, zone := range []string{"Zone A", "Zone B", "Zone C"} {
		fmt.Fprintf(&b, "Vacances de la Toussaint;Élèves;2026-10-16T22:00:00Z;2026-11-01T23:00:00Z;Académie %d;%s\n", i, zone)
		fmt.Fprintf(&b, "Vacances d’hiver, à la montagne;-;2027-02-%02dT23:00:00Z;2027-02-%02dT23:00:00Z;Académie %d;%s\n", 5+7*i, 21+i, i, zone)
	}
	return b.String()
}

// agenda gets a calendar and reads it with another library.
func (h *house) agenda(path string, params ...string) (*http.Response, *ics.Calendar, string) {
	h.t.Helper()
	answer, body := h.get(with(path, params...))
	if answer.StatusCode != http.StatusOK {
		h.t.Fatalf("status %d: %s", answer.StatusCode, body)
	}
	calendar, err := ics.ParseCalendar(strings.NewReader(body))
	h.must(err)
	return answer, calendar, body
}

func property(e *ics.VEvent, name ics.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestTheSchoolCalendarIsAnAgendaThatLasts(t *testing.T) {
	h := build(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "calendrier"}, Title: "Calendrier scolaire", Key: []string{"description", "zones"}})
	h.publish(d, calendarFields, holidays(""))
	const path = "/catalog/datasets/calendrier/exports/ical"
	answer, all, body := h.agenda(path)
	if got := answer.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" || !strings.Contains(answer.Header.Get("Content-Disposition"), "calendrier-v1.ics") ||
		!strings.Contains(answer.Header.Get("Cache-Control"), "max-age=3600") || answer.Header.Get("Socle-Row-Count") != "6" {
		t.Errorf("headers: %v", answer.Header)
	}
	event := all.Events()[0]
	if len(all.Events()) != 6 || property(event, ics.ComponentPropertySummary) != "Vacances de la Toussaint" || property(event, ics.ComponentPropertyDtStart) != "20261017" ||
		property(event, ics.ComponentPropertyDtEnd) != "20261102" || property(event, ics.ComponentPropertyLocation) != "Académie 0" ||
		property(event, ics.ComponentPropertyDescription) != "Population\u00a0: Élèves\nZones\u00a0: Zone A" {
		t.Errorf("the first event: %s", body)
	}
	if strings.Contains(body, "T220000") || strings.Contains(body, "T230000") {
		t.Error("a day begins the day before")
	}

	_, zone, body := h.agenda(path, "refine", "zones:Zone B", "where", `start_date >= date'2027-01-01'`)
	if len(zone.Events()) != 1 || property(zone.Events()[0], ics.ComponentPropertySummary) != "Vacances d’hiver, à la montagne" || !strings.Contains(body, "X-WR-CALNAME:Calendrier scolaire – Zone B\r\n") {
		t.Errorf("one zone, from one day: %s", body)
	}
	again, body := h.get(with(path), "If-None-Match", answer.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body != "" || again.Header.Get("Cache-Control") == "" {
		t.Errorf("nothing new: status %d", again.StatusCode)
	}

	// In the next version a row comes first and one moves: the others keep their identifiers.
	h.publish(d, calendarFields, holidays("Rentrée;-;2026-08-31T22:00:00Z;;Académie 0;Zone A\n"))
	_, next, _ := h.agenda(path)
	uids := map[string]string{}
	for _, e := range next.Events() {
		uids[property(e, ics.ComponentPropertyUniqueId)] = property(e, ics.ComponentPropertySummary) + property(e, ics.ComponentPropertyDescription)
	}
	for _, e := range all.Events() {
		if uids[property(e, ics.ComponentPropertyUniqueId)] != property(e, ics.ComponentPropertySummary)+property(e, ics.ComponentPropertyDescription) {
			t.Errorf("the event %s changed its identifier", property(e, ics.ComponentPropertySummary))
		}
	}
	if len(uids) != 7 {
		t.Errorf("%d identifiers for 7 events", len(uids))
	}
	if again, _ = h.get(with(path), "If-None-Match", answer.Header.Get("ETag")); again.StatusCode != http.StatusOK {
		t.Error("a new version is not news")
	}
}

func TestTheSelectionOfAnAgendaIsWhatItsEventsTell(t *testing.T) {
	h := build(t)
	h.publish(h.describe(datasetNamed("calendrier")), calendarFields, holidays(""))
	const path = "/catalog/datasets/calendrier/exports/"
	_, calendar, _ := h.agenda(path+"ical", "select", "zones", "limit", "1")
	if got := property(calendar.Events()[0], ics.ComponentPropertyDescription); got != "Zones\u00a0: Zone A" {
		t.Errorf("description: %q", got)
	}
	_, whole, _ := h.agenda(path+"ical.ics", "limit", "1", "lang", "en")
	if property(whole.Events()[0], ics.ComponentPropertyUniqueId) != property(calendar.Events()[0], ics.ComponentPropertyUniqueId) {
		t.Error("the identifier depends on what was selected")
	}
	h.refused(400, path+"ical", "select", "count(*) as n", "group_by", "zones")
	h.publish(h.describe(datasetNamed("sans-date")), calendarFields[:2], "a;b\n")
	if f := h.refused(400, "/catalog/datasets/sans-date/exports/ical"); !strings.Contains(f.Message, "csv, json, jsonl") {
		t.Errorf("the formats offered: %s", f.Message)
	}
	_, reunion, body := h.agenda(path+"ical", "timezone", "Indian/Reunion", "limit", "1")
	if got := property(reunion.Events()[0], ics.ComponentPropertyDtStart); got != "20261016T220000Z" {
		t.Errorf("midnight in Paris is not midnight elsewhere: %s %s", got, body)
	}
}

func TestPartsOfAnEventAreDeclaredOrReadInNames(t *testing.T) {
	field := func(name string, kind schema.Type) schema.Field { return schema.Field{Name: name, Type: kind} }
	for _, tc := range []struct {
		name   string
		fields []schema.Field
		docs   map[string]asset.FieldDoc
		want   string
	}{
		{"French", []schema.Field{field("titre", schema.Text), field("date_de_debut", schema.Date), field("date_de_fin", schema.Date), field("description", schema.Text), field("lieu", schema.Text), field("lien", schema.Text)},
			nil, "begin=date_de_debut end=date_de_fin link=lien place=lieu text=description title=titre"},
		{"English", []schema.Field{field("summary", schema.Text), field("start_date", schema.Datetime), field("end_date", schema.Datetime), field("location", schema.Text)},
			nil, "begin=start_date end=end_date place=location title=summary"},
		{"a description alone is a title", []schema.Field{field("description", schema.Text), field("debut", schema.Date)}, nil, "begin=debut title=description"},
		{"words in longer names", []schema.Field{field("date_debut_inscription", schema.Date), field("date_fin_inscription", schema.Date), field("nom_du_concours", schema.Text)},
			nil, "begin=date_debut_inscription end=date_fin_inscription title=nom_du_concours"},
		{"the day of return is not part of the holidays", []schema.Field{field("debut", schema.Date), field("reprise", schema.Date)}, nil, "begin=debut end-excluded=reprise"},
		{"the first day, without a name", []schema.Field{field("code", schema.Integer), field("jour", schema.Date), field("maj", schema.Datetime)}, nil, "begin=jour"},
		{"a text is no day", []schema.Field{field("debut", schema.Text), field("jour", schema.Date)}, nil, "begin=jour"},
		{"declared", []schema.Field{field("debut", schema.Date), field("epreuve", schema.Date), field("titre", schema.Text), field("epreuve_nom", schema.Text)},
			map[string]asset.FieldDoc{"epreuve": {Role: asset.EventBegin}, "epreuve_nom": {Role: asset.EventTitle}}, "begin=epreuve title=epreuve_nom"},
	} {
		d := &source{published: &published{Dataset: asset.Dataset{Fields: tc.docs}}, fields: schema.Schema{Fields: tc.fields}}
		roles := d.roles()
		var got []string
		for _, role := range []asset.Role{asset.EventBegin, asset.EventEnd, asset.EventEndExcluded, asset.EventLink, asset.EventPlace, asset.EventText, asset.EventTitle} {
			if f, there := roles[role]; there {
				got = append(got, strings.TrimPrefix(string(role), "event-")+"="+f.Name)
			}
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, strings.Join(got, " "), tc.want)
		}
	}
}
