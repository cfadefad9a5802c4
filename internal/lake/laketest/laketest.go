// Package laketest lends tests buckets of a real S3 server.
//
// The server is versitygw over a temporary folder, at the version pinned in versitygw/go.mod: a module of its own, so that
// what the server needs does not weigh on Socle. The go command builds it once and keeps the program in its cache. It
// starts with the first test that asks for a bucket, and goes away with the test binary.
package laketest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The keys of the server, which tests put into the environment as an operator does.
const (
	accessKey = "test"
	secretKey = "un secret de test"
)

var buckets atomic.Int64

// Bucket makes an empty bucket and returns its address, for [socle/internal/lake.OpenBucket] and for socle serve --bucket. The
// keys are in the environment until the end of the test.
func Bucket(t *testing.T) string {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	name := fmt.Sprintf("bucket-%d", buckets.Add(1))
	// To the server, a folder is a bucket.
	if err := os.Mkdir(filepath.Join(s.root(), name), 0o755); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"region": {"us-east-1"}, "endpoint": {"http://" + s.address}, "use_path_style": {"true"}}
	return "s3://" + name + "?" + query.Encode()
}

// server is a running versitygw.
type server struct {
	folder   string
	address  string
	lifeline io.WriteCloser // the server stops when this closes, at the latest with this process
}

func (s *server) root() string { return filepath.Join(s.folder, "buckets") }

// start makes the server of this test binary, the first time it is called.
var start = sync.OnceValues(func() (*server, error) {
	program, err := build()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "socle-s3-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	if err := s.run(program); err != nil {
		if s.lifeline != nil {
			s.lifeline.Close()
		}
		os.RemoveAll(folder)
		return nil, fmt.Errorf("laketest: the S3 server does not start: %w", err)
	}
	return s, nil
})

// build returns the program of the server.
func build() (string, error) {
	// Asked of the tool rather than of the caller's file, whose path says nothing when the paths are trimmed.
	here, err := exec.Command("go", "list", "-f", "{{.Dir}}", "socle/internal/lake/laketest").Output()
	if err != nil {
		return "", fmt.Errorf("laketest: where this package is: %w", err)
	}
	command := exec.Command("go", "tool", "-n", "versitygw")
	command.Dir = filepath.Join(strings.TrimSpace(string(here)), "versitygw")
	output, err := command.Output()
	if err != nil {
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			err = fmt.Errorf("%w: %s", err, ended.Stderr)
		}
		return "", fmt.Errorf("laketest: the S3 server cannot be built: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

// run starts the server and waits until it answers. It is looked after by a shell that reads from this process until it
// ends, however it ends; then the shell stops the server and removes the folder.
func (s *server) run(program string) error {
	sidecar := filepath.Join(s.folder, "metadata") // so that any file system will do
	for _, dir := range []string{s.root(), sidecar} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	var err error
	if s.address, err = freeAddress(); err != nil {
		return err
	}
	const watch = `folder=$1; shift; "$@" </dev/null >"$folder/log" 2>&1 & server=$!; cat >/dev/null; kill $server; wait $server; rm -rf "$folder"`
	shell := exec.Command("/bin/sh", "-c", watch, "sh", s.folder,
		program, "--access", accessKey, "--secret", secretKey, "--port", s.address, "--quiet", "posix", "--sidecar", sidecar, s.root())
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s.lifeline, err = shell.StdinPipe(); err != nil {
		return err
	}
	if err := shell.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get("http://" + s.address) // refused for want of keys, which is an answer
		if err == nil {
			return response.Body.Close()
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("%w: %s", err, log)
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
