package validate

// franceBoxes are the boxes of metropolitan France and of the overseas départements, widened by 0.02 degree (about two kilometres),
// and, rounded outwards to the degree, of the other territories.
//
// Source: the outlines of package outlines, before they were simplified.
var franceBoxes = []box{
	{-5.17, 41.31, 9.58, 51.11},    // metropolitan France
	{-61.83, 15.81, -60.98, 16.54}, // 971
	{-61.25, 14.36, -60.78, 14.9},  // 972
	{-54.63, 2.09, -51.59, 5.77},   // 973
	{55.19, -21.41, 55.86, -20.85}, // 974
	{44.99, -13.03, 45.32, -12.61}, // 976
	{-57, 46, -56, 48},             // Saint-Pierre-et-Miquelon
	{-64, 17, -62, 19},             // Saint-Barthélemy, Saint-Martin
	{-155, -28, -134, -7},          // French Polynesia
	{-179, -15, -176, -13},         // Wallis-et-Futuna
	{163, -23, 169, -19},           // New Caledonia
}
