package ui

// Crumb is one step of the way from the home page; the last one has no address.
type Crumb struct {
	Label string
	URL   string
}
