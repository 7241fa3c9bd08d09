package main

import (
	"fmt"
	"io"
	"slices"
)

// measured are the samples of a row.
type measured struct{ ours, theirs []sample }

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

// stat sums up one side.
type stat struct{ best, median, wall float64 }

// summary takes the best and the median by processor time, and the best by wall time; for speeds the best is the largest.
func summary(samples []sample, k kind) (s stat) {
	var cpu, wall []float64
	for _, x := range samples {
		cpu, wall = append(cpu, x.cpu), append(wall, x.wall)
	}
	slices.Sort(cpu)
	slices.Sort(wall)
	if k == share {
		slices.Reverse(cpu)
		slices.Reverse(wall)
	}
	return stat{cpu[0], cpu[len(cpu)/2], wall[0]}
}

// table writes rows as they come.
type table struct{ out io.Writer }

func newTable(out io.Writer) table {
	fmt.Fprintln(out, "| workload | ours, min (median) | wall, min | theirs, min (median) | wall, min | what | ratio | bar | |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	return table{out}
}

func (t table) add(r row, m measured) {
	ours := summary(m.ours, r.kind)
	theirs, theirWall, value, shown := "", "", ours.best, ""
	if r.theirs != nil {
		s := summary(m.theirs, r.kind)
		theirs, theirWall = fmt.Sprintf("%.3g (%.3g)", s.best, s.median), fmt.Sprintf("%.3g", s.wall)
		value = ours.best / s.best
		shown = fmt.Sprintf("%.2f", value)
	}
	fmt.Fprintf(t.out, "| %s | %.3g (%.3g) | %.3g | %s | %s | %s | %s | %s | %s |\n",
		r.name, ours.best, ours.median, ours.wall, theirs, theirWall, r.theirName, shown, r.barText(), r.verdict(value))
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
