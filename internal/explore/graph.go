package explore

import (
	"bufio"
	"encoding/xml"
	"io"
	"strings"
)

// A resource is a node of an RDF graph: an address, a class, and what is said of it. Names are written with the
// prefixes of prefixes.
type resource struct {
	address string // "" for a blank node
	class   string // "" for none
	says    []statement
}

// statement is a property and its value: a resource when there is one, else a text, with a language or a type.
type statement struct {
	property string
	about    *resource
	text     string
	lang     string
	kind     string // type of the text, with its prefix
}

var prefixes = [][2]string{
	{"adms", "http://www.w3.org/ns/adms#"}, {"dc", "http://purl.org/dc/elements/1.1/"}, {"dcat", "http://www.w3.org/ns/dcat#"},
	{"dct", "http://purl.org/dc/terms/"}, {"foaf", "http://xmlns.com/foaf/0.1/"}, {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"skos", "http://www.w3.org/2004/02/skos/core#"}, {"vcard", "http://www.w3.org/2006/vcard/ns#"}, {"xsd", "http://www.w3.org/2001/XMLSchema#"},
}

// say adds a text in French; nothing is said by an empty one.
func (r *resource) say(property, text string) {
	r.add(statement{property: property, text: text, lang: "fr"})
}

// plain adds a text in no language.
func (r *resource) plain(property, text string) { r.add(statement{property: property, text: text}) }

// typed adds a text of a type.
func (r *resource) typed(property, text, kind string) {
	r.add(statement{property: property, text: text, kind: kind})
}

// link adds an address.
func (r *resource) link(property, address string) {
	if address != "" {
		r.says = append(r.says, statement{property: property, about: &resource{address: address}})
	}
}

// have adds a resource.
func (r *resource) have(property string, other *resource) {
	r.says = append(r.says, statement{property: property, about: other})
}

func (r *resource) add(s statement) {
	if s.text != "" {
		r.says = append(r.says, s)
	}
}

// writeRDFXML writes resources, with those that they speak of inside (https://www.w3.org/TR/rdf-syntax-grammar/).
func writeRDFXML(out io.Writer, resources []*resource) error {
	w := bufio.NewWriter(out)
	w.WriteString(xml.Header + "<rdf:RDF")
	for _, p := range prefixes {
		w.WriteString(" xmlns:" + p[0] + `="` + p[1] + `"`)
	}
	w.WriteString(">\n")
	for _, r := range resources {
		r.xml(w)
	}
	w.WriteString("</rdf:RDF>\n")
	return w.Flush()
}

func (r *resource) xml(w *bufio.Writer) {
	element := r.class
	if element == "" {
		element = "rdf:Description"
	}
	w.WriteString("<" + element)
	if r.address != "" {
		w.WriteString(` rdf:about="` + escapedXML(r.address) + `"`)
	}
	w.WriteString(">\n")
	for _, s := range r.says {
		switch {
		case s.about != nil && s.about.class == "" && len(s.about.says) == 0:
			w.WriteString("<" + s.property + ` rdf:resource="` + escapedXML(s.about.address) + "\"/>\n")
			continue
		case s.about != nil:
			w.WriteString("<" + s.property + ">\n")
			s.about.xml(w)
		case s.lang != "":
			w.WriteString("<" + s.property + ` xml:lang="` + s.lang + `">` + escapedXML(s.text))
		case s.kind != "":
			w.WriteString("<" + s.property + ` rdf:datatype="` + expanded(s.kind) + `">` + escapedXML(s.text))
		default:
			w.WriteString("<" + s.property + ">" + escapedXML(s.text))
		}
		w.WriteString("</" + s.property + ">\n")
	}
	w.WriteString("</" + element + ">\n")
}

func escapedXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder never fails
	return b.String()
}

// expanded is a name with its prefix written out.
func expanded(name string) string {
	prefix, local, _ := strings.Cut(name, ":")
	for _, p := range prefixes {
		if p[0] == prefix {
			return p[1] + local
		}
	}
	return name
}

// writeTurtle writes resources, each that has an address after those that speak of it (https://www.w3.org/TR/turtle/).
func writeTurtle(out io.Writer, resources []*resource) error {
	w := bufio.NewWriter(out)
	for _, p := range prefixes {
		w.WriteString("@prefix " + p[0] + ": <" + p[1] + "> .\n")
	}
	said := map[string]bool{}
	for next := resources; len(next) > 0; {
		r := next[0]
		next = next[1:]
		if said[r.address] {
			continue
		}
		said[r.address] = true
		w.WriteString("\n<" + r.address + ">")
		next = append(next, r.turtle(w)...)
		w.WriteString(" .\n")
	}
	return w.Flush()
}

// turtle writes what is said of a resource and returns the resources with an address that it speaks of.
func (r *resource) turtle(w *bufio.Writer) (others []*resource) {
	separator := " "
	if r.class != "" {
		w.WriteString(" a " + r.class)
		separator = " ;\n\t"
	}
	for _, s := range r.says {
		w.WriteString(separator + s.property + " ")
		separator = " ;\n\t"
		switch {
		case s.about != nil && s.about.address == "":
			w.WriteString("[")
			others = append(others, s.about.turtle(w)...)
			w.WriteString(" ]")
		case s.about != nil:
			w.WriteString("<" + s.about.address + ">")
			if s.about.class != "" || len(s.about.says) > 0 {
				others = append(others, s.about)
			}
		default:
			w.Write(appendText(nil, s.text))
			if s.lang != "" {
				w.WriteString("@" + s.lang)
			} else if s.kind != "" {
				w.WriteString("^^" + s.kind)
			}
		}
	}
	return others
}
