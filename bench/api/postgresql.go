package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// cluster is a running PostgreSQL of the benchmark's own.
type cluster struct {
	folder string // its data and its socket
	stop   func()
}

// startPostgreSQL starts the latest PostgreSQL installed on a folder, made when absent, with the settings of a small server that
// mostly reads. A shell looks after it and stops it when this program ends, however it ends.
func startPostgreSQL(ctx context.Context, folder string) (*cluster, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, fmt.Errorf("PostgreSQL is not installed: run scripts/install-bench-tools")
	}
	programs := filepath.Dir(slices.Max(found))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		account, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(folder, uid, gid); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(folder, "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		initdb := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust",
			"--encoding", "UTF8", "--locale", "C.UTF-8", "--text-search-config", "english", "--no-sync", "--no-instructions")
		initdb.Dir, initdb.SysProcAttr = folder, attributes
		if output, err := initdb.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("initdb: %w: %s", err, output)
		}
	}
	const watch = `"$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_wal_size=8GB \
		-c shared_buffers=2GB -c effective_cache_size=8GB -c work_mem=64MB -c random_page_cost=1.1 -c max_connections=100 \
		-c autovacuum=off </dev/null >"$3/log" 2>&1 &
		server=$!; cat >/dev/null; kill -INT $server; wait $server`
	shell := exec.Command("/bin/sh", "-c", watch, "sh", filepath.Join(programs, "postgres"), data, folder)
	shell.Dir, shell.SysProcAttr = folder, attributes
	lifeline, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, stop: func() { lifeline.Close(); _ = shell.Wait() }}
	if err := waitForPostgreSQL(ctx, filepath.Join(programs, "pg_isready"), folder); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func waitForPostgreSQL(ctx context.Context, ready, folder string) error {
	for range 600 {
		if exec.CommandContext(ctx, ready, "-q", "-h", folder).Run() == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, err := os.Open(filepath.Join(folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	text, _ := io.ReadAll(io.LimitReader(log, 2000))
	return fmt.Errorf("PostgreSQL does not start: %s", text)
}
