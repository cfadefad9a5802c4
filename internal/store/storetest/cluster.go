package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
)

// cluster is a running PostgreSQL.
type cluster struct {
	folder   string
	lifeline io.WriteCloser // the server stops when this closes, at the latest with this process
}

// start makes the cluster of this test binary, the first time it is called.
var start = sync.OnceValues(func() (*cluster, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "socle-postgresql-")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder}
	if err := c.run(programs); err != nil {
		if c.lifeline != nil {
			c.lifeline.Close()
		}
		os.RemoveAll(folder)
		return nil, fmt.Errorf("storetest: PostgreSQL does not start: %w", err)
	}
	return c, nil
})

// findPrograms returns the folder of the latest PostgreSQL installed as Debian does, or of the one in the PATH.
func findPrograms() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	best, version := "", 0.0
	for _, folder := range folders {
		v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(folder)), 64)
		if _, missing := os.Stat(filepath.Join(folder, "initdb")); err == nil && missing == nil && v > version {
			best, version = folder, v
		}
	}
	if best != "" {
		return best, nil
	}
	if program, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(program), nil
	}
	return "", errors.New("storetest: PostgreSQL is not installed; on Debian: apt-get install postgresql")
}

// run makes the cluster and starts its server. The server is looked after by a shell that reads from this process
// until it ends, however it ends; then the shell stops the server and removes the folder.
func (c *cluster) run(programs string) error {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		uid, gid, err := postgresUser()
		if err != nil {
			return err
		}
		attributes.Credential = &syscall.Credential{Uid: uid, Gid: gid}
		if err := os.Chown(c.folder, int(uid), int(gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(c.folder, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "postgres",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = c.folder, attributes
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	const watch = `"$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c full_page_writes=off \
		-c synchronous_commit=off -c shared_buffers=16MB -c max_connections=200 -c autovacuum=off </dev/null >"$3/log" 2>&1 &
		server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$3"`
	shell := exec.Command("/bin/sh", "-c", watch, "sh", filepath.Join(programs, "postgres"), data, c.folder)
	shell.Dir, shell.SysProcAttr = c.folder, attributes
	lifeline, err := shell.StdinPipe()
	if err != nil {
		return err
	}
	c.lifeline = lifeline
	if err := shell.Start(); err != nil {
		return err
	}
	return c.wait()
}

// wait returns when the server answers.
func (c *cluster) wait() error {
	db, err := sql.Open("pgx", c.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	deadline := time.Now().Add(60 * time.Second)
	for {
		if err = db.Ping(); err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.folder, "log"))
			return fmt.Errorf("%w: %s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func postgresUser() (uid, gid uint32, err error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, err
	}
	u, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	g, err := strconv.ParseUint(account.Gid, 10, 32)
	return uint32(u), uint32(g), err
}
