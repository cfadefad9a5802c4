package demo

import "fmt"

// Datasets invents every dataset of the demonstration. The same seed gives the same bytes.
func Datasets(seed uint64) ([]Dataset, error) {
	w := newWorld(seed)
	results, err := w.baccalaureat()
	if err != nil {
		return nil, fmt.Errorf("invent the results: %w", err)
	}
	staff, err := w.staff()
	if err != nil {
		return nil, fmt.Errorf("invent the staff: %w", err)
	}
	return []Dataset{
		w.directory(), w.calendar(), w.secondary(), w.primary(), w.brevet(), results, w.socialPosition(), staff,
		w.accessibility(), w.digital(), w.canteens(), w.boarding(), w.facilities(), w.licences(), w.clubs(), w.subsidies(),
		w.population(), w.buses(), w.incidents(), w.dropout(), w.sections(2024), w.sections(2025),
	}, nil
}
