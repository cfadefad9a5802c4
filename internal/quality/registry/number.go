package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// parseNumber reads the number of a version, with or without the "v" that people put before it. Build metadata is
// refused: two versions that differ by it alone would be the same for whoever compares them.
func parseNumber(text string) (string, error) {
	number := "v" + strings.TrimPrefix(strings.TrimSpace(text), "v")
	if !semver.IsValid(number) || semver.Build(number) != "" || strings.Count(strings.SplitN(number, "-", 2)[0], ".") != 2 {
		return "", fault.New(fault.Invalid, "schema_version_invalid", i18n.T(
			"« %s » n’est pas un numéro de version : trois nombres séparés par des points, comme 1.2.0.",
			"“%s” is no number of a version: three numbers separated by dots, as in 1.2.0.", clip(text))).At("version")
	}
	return number[1:], nil
}

// compareNumbers orders numbers as semver does.
func compareNumbers(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// sortVersions puts the greatest version first.
func sortVersions(versions []Version) {
	slices.SortFunc(versions, func(a, b Version) int { return compareNumbers(b.Number, a.Number) })
}

// latestOf returns the greatest version that is no pre-release, or the greatest one when all are.
func latestOf(sorted []Version) (Version, bool) {
	for _, v := range sorted {
		if semver.Prerelease("v"+v.Number) == "" {
			return v, true
		}
	}
	if len(sorted) > 0 {
		return sorted[0], true
	}
	return Version{}, false
}

// Change is how much a new version asks of those who have files of the one before, as semver counts it.
type Change int

// The sizes of change.
const (
	Patch Change = iota // the same files are valid
	Minor               // the same files are valid, and others now
	Major               // files that were valid may not be any more
)

// next is the number that follows another after a change.
func next(number string, change Change) string {
	var major, minor, patch int
	if _, err := fmt.Sscanf(number, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return "1.0.0"
	}
	if strings.Contains(number, "-") { // 2.0.0-rc.1 is followed by 2.0.0
		return fmt.Sprintf("%d.%d.%d", major, minor, patch)
	}
	switch {
	case change == Major:
		return fmt.Sprintf("%d.0.0", major+1)
	case change == Minor:
		return fmt.Sprintf("%d.%d.0", major, minor+1)
	}
	return fmt.Sprintf("%d.%d.%d", major, minor, patch+1)
}

// byName orders schemas by owner and name.
func byName(a, b Schema) int {
	return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Name, b.Name))
}
