package trace

// Scope says where a traced function builds what has an effect or a body: Variables, loops, branches, prints. It comes first, as
// a context.Context does, and the body of a loop or branch gets one of its own. A Scope is only valid within its body.
type Scope struct {
	f      *frame
	values *scopeValue
}

// scopeValue is a linked list of what With added.
type scopeValue struct {
	key, value any
	next       *scopeValue
}

// With returns a scope in which Value(key) is value. Scopes of inner bodies inherit it. Packages use keys of a type of their own.
func (s *Scope) With(key, value any) *Scope {
	return &Scope{s.f, &scopeValue{key, value, s.values}}
}

// Value returns what With set for key in this scope or one around it, or nil.
func (s *Scope) Value(key any) any {
	for v := s.values; v != nil; v = v.next {
		if v.key == key {
			return v.value
		}
	}
	return nil
}

// Eager reports whether operations compute at once in this scope, so that arrays have numbers.
func (s *Scope) Eager() bool { return s.frame("eager").eager() }

// frame returns the frame of s, which must be the innermost body that is being run.
func (s *Scope) frame(op string) *frame {
	switch {
	case s == nil || s.f == nil:
		fail(op, "scope", "a nil scope", "the scope that the traced function was given", "run the function with Jit or Eager")
	case s.f.closed:
		fail(op, "scope", "the scope of a "+s.f.what+" that has ended", "the scope of the body that is being run", "do not keep scopes")
	case s.f.tr.current != s.f:
		fail(op, "scope", "the scope of the "+s.f.what+" inside of a "+s.f.tr.current.what, "the scope that the "+s.f.tr.current.what+" was given",
			"rename its parameter to s, or use it")
	}
	return s.f
}

// in returns the scope of an inner frame.
func (s *Scope) in(f *frame) *Scope { return &Scope{f, s.values} }
