package validate

// franceBoxes are the boxes of metropolitan France and of the overseas territories.
var franceBoxes = []box{{-5.5, 41.2, 9.8, 51.2}}

// departementBoxes are the boxes of the départements.
var departementBoxes = map[string]box{}
