package schema

// How a source writes the values of a type, in [Field.Format]. Package format finds it, package engine converts by it;
// the two must say the same of every cell. Dates and datetimes may also have a strptime format made of %Y %m %d %H %M
// %S and separators ("%d/%m/%Y"); a datetime without a zone is of Paris.
const (
	FormatPlain      = ""            // integer: digits and a sign; decimal: a point; date and datetime: ISO 8601, with a zone
	FormatSpace      = "space"       // numbers: spaces (also no-break) between groups of three digits, a decimal point
	FormatComma      = "comma"       // decimal: a comma
	FormatSpaceComma = "space,comma" // decimal: spaces between groups, a comma
	FormatLocal      = "local"       // datetime: ISO 8601 without a zone, "T" or a blank between day and time
	FormatLatLon     = "lat,lon"     // point: "48.1, -1.6"
	FormatLonLat     = "lon,lat"     // point: "-1.6, 48.1" or [-1.6, 48.1]
	FormatJSON       = "json"        // point: {"lon": -1.6, "lat": 48.1}
	FormatGeoJSON    = "geojson"     // point: {"type": "Point", "coordinates": [-1.6, 48.1]}
)
