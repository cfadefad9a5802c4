package format

import "socle/internal/schema"

// Fits reports whether a value, as text, fits a field: the rule that the SQL conversions must repeat. Blanks at
// either end do not count. An empty value fits everything; a missing marker is not looked at here.
func Fits(f schema.Field, value []byte) bool { return fits(f, value) }
