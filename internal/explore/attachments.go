package explore

import (
	"net/http"
	"path"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/web"
)

// originalID is the identifier of the original file among the attachments.
const originalID = "original"

type attachment struct {
	Href  string            `json:"href"`
	Metas map[string]string `json:"metas"`
}

// attachesOriginal reports whether who asks may have the original: it holds everything, so they must see everything.
func (d *source) attachesOriginal() bool {
	return d.hasData() && d.view.Whole() && d.head.Original.Key != ""
}

// attachments lists the files that come with a dataset: the original of its version.
func (s *Service) attachments(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	base := s.base(r) + d.path() + "/attachments"
	list := []attachment{}
	if d.attachesOriginal() {
		list = append(list, attachment{Href: base + "/" + originalID, Metas: map[string]string{
			"mime-type": mediaType(d.head.Original.Name), "title": d.head.Original.Name, "id": originalID, "url": base + "/" + originalID}})
	}
	links := []link{{"self", base}, {"dataset", strings.TrimSuffix(base, "/attachments")}}
	return s.writeJSON(w, r, keyOf("attachments", base, d.version(), d.view.Key()), d.everybody, attachmentList{links, list})
}

// attachment sends a file that comes with a dataset, or the part of it that is asked for.
func (s *Service) attachment(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	if r.PathValue("attachment_id") != originalID || !d.attachesOriginal() {
		return fault.New(fault.NotFound, "UnknownAttachmentError", i18n.T(
			"Ce jeu de données n’a pas ce fichier joint.", "This dataset does not have that attachment."))
	}
	file, err := s.versions.Open(r.Context(), d.head, d.head.Original)
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	freshness(h, d.everybody)
	h.Set("Content-Type", mediaType(d.head.Original.Name))
	h.Set("Content-Disposition", disposition(path.Base(d.head.Original.Name)))
	h.Set("ETag", `"`+d.head.Original.SHA256+`"`)
	web.Stream(w)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}
