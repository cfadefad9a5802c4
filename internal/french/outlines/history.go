package outlines

import (
	"sync"

	"socle/internal/french/cog"
)

// heirs are the communes that took in those that are no more and that have no outline of their own, by the list of package cog;
// none when the program was built without it.
var heirs = sync.OnceValue(func() map[string]string {
	list, err := cog.Load()
	if err != nil {
		return nil
	}
	into := map[string]string{}
	for _, code := range list.Codes() {
		for _, record := range list.Find(code) {
			if record.Successor != "" {
				into[code] = record.Successor
			}
		}
	}
	return into
})

// heir is the commune of which the ground of a commune that is no more is part today; "" when not known.
func heir(commune string) string { return heirs()[commune] }
