package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socle/bench/kit"
)

// writeFiles asks Socle for each path and keeps the bytes of the answer, compressed as they came, under the number of the path.
func writeFiles(ctx context.Context, base, folder string, paths []string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	client := kit.NewClient(strings.TrimPrefix(base, "http://"))
	defer client.Close()
	for n, path := range paths {
		f, err := os.Create(filepath.Join(folder, fmt.Sprint(n)))
		if err != nil {
			return err
		}
		_, err = client.Get(ctx, path, "", f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// startNginx serves a folder with nginx, set for speed: a process for each core, no log, files kept open.
func startNginx(ctx context.Context, dir, files string) (*kit.Process, error) {
	address, err := kit.FreeAddress()
	if err != nil {
		return nil, err
	}
	program := "/usr/sbin/nginx"
	if found, err := exec.LookPath("nginx"); err == nil {
		program = found
	}
	work, err := filepath.Abs(filepath.Join(dir, "nginx"))
	if err != nil {
		return nil, err
	}
	if files, err = filepath.Abs(files); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, err
	}
	owner := ""
	if os.Getuid() == 0 {
		owner = "user root;"
	}
	config := fmt.Sprintf(`daemon off; %[1]s worker_processes auto; pid %[2]s/pid; error_log %[2]s/error.log;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=20000 inactive=600s; open_file_cache_valid 600s;
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi; uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
	server { listen %[3]s; root %[4]s; default_type application/json; }
}
`, owner, work, address, files)
	path := filepath.Join(work, "nginx.conf")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		return nil, err
	}
	return kit.Start(ctx, filepath.Join(work, "log"), "http://"+address, "/0", exec.Command(program, "-p", work, "-c", path))
}
