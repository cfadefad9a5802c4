package kit

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Process is a program that a benchmark started and will stop.
type Process struct {
	Base string // "http://127.0.0.1:port"
	cmd  *exec.Cmd
	done chan struct{}
}

// StartSocle serves a data folder without limits on callers, for one address here plays them all.
func StartSocle(ctx context.Context, data string) (*Process, error) {
	return StartLimited(ctx, data, "--calls", "0", "--key-calls", "0", "--work", "0", "--key-work", "0")
}

// StartLimited serves a data folder with the limits of a real installation, or others.
func StartLimited(ctx context.Context, data string, limits ...string) (*Process, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--data", data, "--listen", address}, limits...)
	return Start(ctx, filepath.Join(filepath.Dir(data), "socle.log"), "http://"+address, "/readyz", exec.Command("bin/socle", args...))
}

// Start starts a server that writes to a log, and waits until it answers at a path.
func Start(ctx context.Context, log, base, path string, command *exec.Cmd) (*Process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &Process{Base: base, cmd: command, done: make(chan struct{})}
	go func() { _ = command.Wait(); close(p.done) }()
	for deadline := time.Now().Add(60 * time.Second); ctx.Err() == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get(base + path); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("%s ended at once: see %s", command.Path, log)
		default:
		}
	}
	p.Stop()
	return nil, fmt.Errorf("%s does not answer: see %s", base, log)
}

// Stop asks the program to end, and makes it end after a while.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.Kill()
	}
}

// Kill ends the program at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Settle waits until the program does next to nothing any more, and returns how long that took: what it does of itself after it started
// (scores, comparisons) is over then. It gives up after some time.
func (p *Process) Settle(ctx context.Context, patience time.Duration) time.Duration {
	const look, quiet = 2 * time.Second, 3
	start := time.Now()
	for calm := 0; calm < quiet && time.Since(start) < patience && ctx.Err() == nil; {
		before := p.busy()
		time.Sleep(look)
		if p.busy()-before < look/20 {
			calm++
		} else {
			calm = 0
		}
	}
	return max(time.Since(start)-quiet*look, 0)
}

// busy is the time that the program's threads have worked.
func (p *Process) busy() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // the first is the state
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		n, _ := strconv.ParseInt(field, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// Memory is what the program holds now and held at most, in bytes.
func (p *Process) Memory() (now, most int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d", &kilobytes); err == nil {
			now = kilobytes * 1024
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d", &kilobytes); err == nil {
			most = kilobytes * 1024
		}
	}
	return now, most
}
