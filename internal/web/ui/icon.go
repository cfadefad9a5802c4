package ui

// iconPaths are drawn on a grid of 24 with a stroke of 2.
var iconPaths = map[string]string{
	"add":      "M12 5v14M5 12h14",
	"api":      "M8 8l-4 4 4 4M16 8l4 4-4 4M13.5 6l-3 12",
	"building": "M4 21V6l8-3 8 3v15M2 21h20M9 9v.01M9 13v.01M9 17v.01M15 9v.01M15 13v.01M15 17v.01",
	"calendar": "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
	"check":    "M5 12.5l4.5 4.5L19 7.5",
	"clock":    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2",
	"close":    "M6 6l12 12M18 6L6 18",
	"contrast": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 8.5l7.8-1.5M12 13l8.9-1M12 17.5l7.8-1.5",
	"copy":     "M9 9h11v11H9zM15 9V4H4v11h5",
	"data":     "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
	"down":     "M12 5v14M6 13l6 6 6-6",
	"download": "M12 4v11M7 11l5 5 5-5M4 20h16",
	"edit":     "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19 4 20z",
	"external": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
	"file":     "M6 3h8l5 5v13H6zM14 3v5h5",
	"filter":   "M4 6h16M7 12h10M10 18h4",
	"first":    "M18 6l-6 6 6 6M7 6v12",
	"home":     "M4 11l8-7 8 7v9H4zM10 20v-6h4v6",
	"info":     "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.5v.01",
	"last":     "M6 6l6 6-6 6M17 6v12",
	"lock":     "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
	"map":      "M9 5L3 7.5v12L9 17l6 2.5 6-2.5V5l-6 2.5L9 5zM9 5v12M15 7.5v12",
	"menu":     "M4 7h16M4 12h16M4 17h16",
	"next":     "M9 6l6 6-6 6",
	"previous": "M15 6l-6 6 6 6",
	"search":   "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
	"sort":     "M8 10l4-4 4 4M8 14l4 4 4-4",
	"table":    "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
	"trash":    "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
	"up":       "M12 19V5M6 11l6-6 6 6",
	"upload":   "M12 16V5M7 9l5-5 5 5M4 20h16",
	"user":     "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c.8-4 4-6 8-6s7.2 2 8 6",
	"warning":  "M12 4L2.5 20h19L12 4zM12 10v5M12 17.5v.01",
}

// Icons returns the names that [Icon] knows.
func Icons() []string {
	names := make([]string, 0, len(iconPaths))
	for name := range iconPaths {
		names = append(names, name)
	}
	return names
}

func iconPath(name string) string { return iconPaths[name] }
