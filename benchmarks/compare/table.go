package main

import (
	"fmt"
	"io"
	"slices"
)

// measured are the samples of a row.
type measured struct{ ours, theirs []float64 }

// measure runs both sides in turn.
func (r row) measure(repeats int) (m measured, err error) {
	for range repeats {
		// Theirs first: it may write the file that ours reads.
		if r.theirs != nil {
			s, err := r.theirs()
			if err != nil {
				return m, err
			}
			m.theirs = append(m.theirs, s)
		}
		s, err := r.ours()
		if err != nil {
			return m, err
		}
		m.ours = append(m.ours, s)
	}
	return m, nil
}

// summary returns the best and the median; of speeds the best is the largest.
func summary(samples []float64, k kind) (best, median float64) {
	sorted := slices.Sorted(slices.Values(samples))
	if k == share {
		slices.Reverse(sorted)
	}
	return sorted[0], sorted[len(sorted)/2]
}

// table writes rows as they come.
type table struct{ out io.Writer }

func newTable(out io.Writer) table {
	fmt.Fprintln(out, "| workload | ours, best (median) | theirs, best (median) | theirs is | ratio | bar | |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	return table{out}
}

func (t table) add(r row, m measured) {
	best, median := summary(m.ours, r.kind)
	theirs, value, shown := "", best, ""
	if r.theirs != nil {
		b, mid := summary(m.theirs, r.kind)
		theirs, value = fmt.Sprintf("%.3g (%.3g)", b, mid), m.ratio()
		shown = fmt.Sprintf("%.2f", value)
	}
	fmt.Fprintf(t.out, "| %s | %.3g (%.3g) | %s | %s | %s | %s | %s |\n",
		r.name, best, median, theirs, r.theirName, shown, r.barText(), r.verdict(value))
}

// ratio is the median of the ratios of runs next to each other: both met the machine in the same state.
func (m measured) ratio() float64 {
	ratios := make([]float64, len(m.ours))
	for i := range ratios {
		ratios[i] = m.ours[i] / m.theirs[i]
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func (r row) barText() string {
	switch {
	case r.bar == 0:
		return ""
	case r.kind == share:
		return fmt.Sprintf("at least %v", r.bar)
	}
	return fmt.Sprintf("at most %v", r.bar)
}

func (r row) verdict(value float64) string {
	if r.bar == 0 {
		return ""
	}
	if (r.kind == share) == (value >= r.bar) || value == r.bar {
		return "reached"
	}
	return "missed"
}
