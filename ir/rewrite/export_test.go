package rewrite

func init() { onEndlessRules = func() { panic("BUG: rules do not end") } }
