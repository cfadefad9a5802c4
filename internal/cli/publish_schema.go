package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/ingest"
	"socle/internal/validate"
)

// declareSchema makes the dataset of a request declare the schema of --schema, and the policy of --on-fault. A new dataset declares
// them in the transaction of its first publication; one that exists is changed before. A file, or what is at an address, first
// enters the registry under the identifier of the dataset, unless it is its latest version there already.
func (c publishCommand) declareSchema(s *session, client *client, request *ingest.Request) error {
	if c.Schema == "" {
		if c.OnFault != "" {
			return misuse{i18n.T("--on-fault dit ce que devient ce qui enfreint un schéma : donnez aussi --schema.", "--on-fault says what becomes of what breaks a schema: give --schema too.")}
		}
		return nil
	}
	policy := validate.Policy(c.OnFault)
	if policy == "" {
		policy = validate.Warn
	}
	name, err := c.schemaName(s, client, request.ID)
	if err != nil {
		return err
	}
	var rules struct {
		Schemas []string        `json:"schemas"`
		Policy  validate.Policy `json:"policy"`
	}
	path := "/api/v1/datasets/" + url.PathEscape(request.ID) + "/rules"
	err = client.get(s.ctx, path, nil, &rules)
	if fault.Is(err, fault.NotFound) {
		request.Schema, request.Policy = name, policy
		return nil
	}
	if err != nil || slices.Equal(rules.Schemas, []string{name}) && rules.Policy == policy {
		return err
	}
	if c.DryRun {
		return misuse{i18n.T("--dry-run ne change rien, or ce jeu ne déclare pas encore le schéma « %s » ainsi : essayez le fichier par « socle validate --schema ».",
			"--dry-run changes nothing, and this dataset does not declare schema “%s” so yet: try the file with “socle validate --schema”.", name)}
	}
	rules.Schemas, rules.Policy = []string{name}, policy
	return client.send(s.ctx, http.MethodPut, path, rules, nil)
}

// schemaName is the name in the registry of what --schema gives.
func (c publishCommand) schemaName(s *session, client *client, dataset string) (string, error) {
	source := &validation{validateCommand: validateCommand{Schema: c.Schema}, session: s}
	if source.isName() {
		return c.Schema, nil
	}
	scratch, err := os.MkdirTemp("", "socle-publish-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	source.scratch = scratch
	document, err := source.document(s.ctx)
	if err != nil {
		return "", err
	}
	owner, err := c.owner(s, client)
	if err != nil {
		return "", err
	}
	name := owner + "/" + dataset
	var known struct {
		Versions []struct {
			SHA256 string `json:"sha256"`
		} `json:"versions"`
	}
	if err := client.get(s.ctx, "/api/v1/schemas/"+name, nil, &known); err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	digest := sha256.Sum256(document)
	if len(known.Versions) > 0 && known.Versions[0].SHA256 == hex.EncodeToString(digest[:]) {
		return name, nil
	}
	if c.DryRun {
		return "", misuse{i18n.T("--dry-run n’enregistre rien, et ce schéma n’est pas encore dans le registre : essayez le fichier par « socle validate --schema ».",
			"--dry-run keeps nothing, and this schema is not in the registry yet: try the file with “socle validate --schema”.")}
	}
	answer, err := client.do(s.ctx, http.MethodPost, "/api/v1/schemas/"+name+"/versions", nil, bytes.NewReader(document), "application/octet-stream")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if !s.globals.JSON {
		s.println("Schéma enregistré : « %s ».", "Schema kept: “%s”.", name)
	}
	return name, nil
}

// owner is the slug of the organisation that publishes: that of --org, else the installation's own.
func (c publishCommand) owner(s *session, client *client) (string, error) {
	var list struct {
		Items []struct {
			ID, Slug string
			Own      bool
		}
	}
	if err := client.get(s.ctx, "/api/v1/organizations", nil, &list); err != nil {
		return "", err
	}
	for _, o := range list.Items {
		if c.Org == "" && o.Own || c.Org != "" && (c.Org == o.Slug || c.Org == o.ID) {
			return o.Slug, nil
		}
	}
	return "", fault.New(fault.Invalid, "organization_unknown", i18n.T("L’organisation « %s » n’existe pas.", "There is no organisation “%s”.", c.Org)).At("org")
}

// isName reports whether --schema names a schema of the platform, rather than a file or an address.
func (v *validation) isName() bool {
	if info, err := os.Stat(v.Schema); err == nil && !info.IsDir() {
		return false
	}
	return !strings.Contains(v.Schema, "://") && !strings.HasSuffix(strings.ToLower(v.Schema), ".json") && strings.Count(v.Schema, "/") == 1
}
