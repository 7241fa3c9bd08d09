package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// processes is how many workers run at once.
const processes = 2

// checkCommand is hlo check.
func checkCommand(args []string, stdout io.Writer) error {
	fs := flagSet("check")
	backend := backendFlag(fs)
	skipFile := fs.String("skips", "", "file of modules to leave out, a line each: path<TAB>reason or path#k<TAB>reason")
	limit := fs.Duration("timeout", time.Minute, "what one module may take")
	stale := fs.Bool("stale", false, "run what the skips leave out instead, and name the lines whose modules pass or do not exist")
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return fmt.Errorf("check: got no files or folders")
	}
	if _, err := backendOf(*backend); err != nil {
		return err
	}
	skips, err := readSkips(*skipFile)
	if err != nil {
		return err
	}
	files, err := findFiles(fs.Args())
	if err != nil {
		return err
	}
	c := &checker{backend: *backend, limit: *limit, out: stdout}
	if *stale {
		return c.findStale(files, skips)
	}
	for _, file := range files {
		if err := c.plan(file, skips); err != nil {
			return err
		}
	}
	if err := c.run(); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
	if c.failed > 0 {
		return errFailed
	}
	return nil
}

// findFiles lists the files that are named and the *.mlir files of the folders that are, in order.
func findFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (p == path || filepath.Ext(p) == ".mlir") {
				out = append(out, p)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("check: %w", err)
		}
	}
	return out, nil
}

// readSkips reads a skip list: path or path#k, a tab, the reason. Empty lines and lines that start with # say nothing.
func readSkips(file string) (map[string]string, error) {
	skips := map[string]string{}
	if file == "" {
		return skips, nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(src)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		path, reason, ok := strings.Cut(line, "\t")
		if !ok || path == "" || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("check: %s:%d: got %q, want a path, a tab and the reason", file, n, line)
		}
		skips[filepath.ToSlash(filepath.Clean(path))] = reason
	}
	return skips, nil
}

// skipped returns the line of the list that has a file, a folder that it lies in, or its k-th module; the list's paths may start at any folder.
func skipped(skips map[string]string, file string, k int) (line string, ok bool) {
	if len(skips) == 0 {
		return "", false
	}
	parts := strings.Split(filepath.ToSlash(filepath.Clean(file)), "/")
	for from := range parts {
		for to := from + 1; to <= len(parts); to++ {
			line = strings.Join(parts[from:to], "/")
			if _, ok := skips[line]; ok {
				return line, true
			}
		}
		line = strings.Join(parts[from:], "/") + "#" + strconv.Itoa(k)
		if _, ok := skips[line]; ok {
			return line, true
		}
	}
	return "", false
}

// checker hands tasks to workers and counts what comes back.
type checker struct {
	backend string
	limit   time.Duration
	out     io.Writer

	tasks  []task
	labels []string // how to call each task: path or path#k

	mu                      sync.Mutex
	passed, failed, skipped int
	verdicts                []verdict // by task; failures are printed in their order
	printed                 int
	done                    []bool
}

// plan adds the modules of a file to the tasks.
func (c *checker) plan(file string, skips map[string]string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	n := len(split(src))
	for k := 1; k <= n; k++ {
		if _, ok := skipped(skips, file, k); ok {
			c.skipped++
			continue
		}
		c.add(file, k, n)
	}
	return nil
}

// add adds the k-th of n modules of a file.
func (c *checker) add(file string, k, n int) {
	label := file
	if n > 1 {
		label += "#" + strconv.Itoa(k)
	}
	c.tasks = append(c.tasks, task{file, k})
	c.labels = append(c.labels, label)
}

// run works through the tasks in as many processes as there may be.
func (c *checker) run() error {
	c.verdicts, c.done = make([]verdict, len(c.tasks)), make([]bool, len(c.tasks))
	queue := make(chan int, len(c.tasks))
	for i := range c.tasks {
		queue <- i
	}
	close(queue)
	errs := make(chan error, processes)
	for range processes {
		go func() { errs <- c.serve(queue) }()
	}
	var first error
	for range processes {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// serve feeds one process at a time, starting another one when it dies or hangs.
func (c *checker) serve(queue <-chan int) error {
	var p *process
	defer func() { p.stop() }()
	for i := range queue {
		if p == nil {
			var err error
			if p, err = start(c.backend); err != nil {
				return err
			}
		}
		v, alive := p.check(c.tasks[i], c.limit)
		if !alive {
			p.stop()
			p = nil
		}
		c.report(i, v)
	}
	return nil
}

// report counts a verdict and prints failures in the order of the tasks.
func (c *checker) report(i int, v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done[i], c.verdicts[i] = true, v
	if v.Failure == "" {
		c.passed++
	} else {
		c.failed++
	}
	for ; c.printed < len(c.done) && c.done[c.printed]; c.printed++ {
		if reason := c.verdicts[c.printed].Failure; reason != "" {
			fmt.Fprintf(c.out, "%s\t%s\n", c.labels[c.printed], strings.Join(strings.Fields(reason), " "))
		}
	}
}

// process is a running worker.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan string // one line for each task, closed at the end
	errors  *bytes.Buffer
}

// start runs this program again as a worker.
func start(backend string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(self, workerName, "--backend", backend), answers: make(chan string), errors: &bytes.Buffer{}}
	p.cmd.Stderr = p.errors
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				close(p.answers)
				return
			}
			p.answers <- line
		}
	}()
	return p, nil
}

// check has the worker do one task. alive is false if the worker is of no more use.
func (p *process) check(t task, limit time.Duration) (v verdict, alive bool) {
	if err := json.NewEncoder(p.in).Encode(t); err != nil {
		return verdict{Failure: p.fault()}, false
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case line, ok := <-p.answers:
		if !ok || json.Unmarshal([]byte(line), &v) != nil {
			return verdict{Failure: p.fault()}, false
		}
		return v, true
	case <-timer.C:
		return verdict{Failure: fmt.Sprintf("took more than %v", limit)}, false
	}
}

// fault says how the worker ended: its last words.
func (p *process) fault() string {
	_ = p.cmd.Process.Kill() // it may be gone
	_ = p.cmd.Wait()         // its state says how it ended
	words := ""
	for line := range strings.Lines(p.errors.String()) {
		if words == "" || strings.HasPrefix(line, "fatal error") || strings.Contains(line, "[signal") {
			words += " " + strings.TrimSpace(line)
		}
	}
	return fmt.Sprintf("the process ended (%v):%s", p.cmd.ProcessState, words)
}

// stop ends the worker.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.in.Close()
	_ = p.cmd.Process.Kill() // it has nothing left to do
	go func() {
		for range p.answers { // let the reader see the end
		}
	}()
	_ = p.cmd.Wait()
}
