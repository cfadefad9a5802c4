package registry

import (
	"context"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/lake"
	"socle/internal/web"
)

// continueCheck goes on with the corrected file of a check.
func (s *Service) continueCheck(w http.ResponseWriter, r *http.Request) error {
	if s.options.Limit != nil {
		if err := s.options.Limit(w, r); err != nil {
			return err
		}
	}
	c, err := s.Continue(r.Context(), r.PathValue("check"))
	if err != nil {
		return err
	}
	return web.Redirect(w, r, checkPath(c.ID))
}

// Continue holds the corrected file of a check against the same schema. The report that it makes speaks of what is left,
// with the lines of the file that a person goes on with.
func (s *Service) Continue(ctx context.Context, id string) (Check, error) {
	c, err := s.Check(ctx, id)
	if err != nil {
		return Check{}, err
	}
	i := slices.IndexFunc(c.Files, func(f lake.File) bool { return f.Role == roleMended })
	if i < 0 {
		return Check{}, noCheck()
	}
	write, err := s.Lake.Begin(ctx)
	if err != nil {
		return Check{}, err
	}
	defer write.Abort()
	mended, err := s.Lake.Open(ctx, lake.Version{}, c.Files[i])
	if err != nil {
		return Check{}, err
	}
	defer mended.Close()
	name := mendedName(c.Name)
	kept, err := keep(write.Dir, name, mended)
	if err != nil {
		return Check{}, err
	}
	return s.StartCheck(ctx, write, received{Name: name, Path: kept, From: c.ID}, against{c.Schema, c.Title, c.Document})
}

// mendedName is what the corrected file of a file is called, however often it was corrected.
func mendedName(name string) string {
	stem := strings.TrimSuffix(filepath.Base(name), path.Ext(name))
	return strings.TrimSuffix(stem, "-corrige") + "-corrige.csv"
}
