// Package trinotest lends tests a real Trino: a coordinator and two workers over the Iceberg tables of a store.
//
// The server and its Java are where scripts/trino-server says, which 'make test-trino' asks; without them the test is
// skipped. Each process is looked after by a shell that ends it when the test binary ends, however that ends.
package trinotest

import (
	"bytes"
	"cmp"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/trinodb/trino-go-client/trino" // the driver
)

// Catalog is the name of the catalogue of the tables in the cluster.
const Catalog = "lake"

// workers is how many nodes run the questions; the coordinator runs none.
const workers = 2

// heap is the memory of each node.
const heap = "2G"

// Cluster starts a cluster that reads the tables of a PostgreSQL store and of a bucket, and returns its address for
// the engine. bucket is as [socle/internal/lake/laketest.Bucket] gives it; the keys of S3 are in the environment.
func Cluster(t *testing.T, dsn, bucket string) (address string) {
	t.Helper()
	home, java := os.Getenv("SOCLE_TRINO_HOME"), os.Getenv("SOCLE_JAVA_HOME")
	if home == "" || java == "" {
		t.Skip("no Trino: run make test-trino")
	}
	dir := t.TempDir()
	plugins := filepath.Join(dir, "plugin")
	check(t, os.Mkdir(plugins, 0o700))
	for _, name := range []string{"iceberg", "geospatial"} { // the others only take time to load
		check(t, os.Symlink(filepath.Join(home, "plugin", name), filepath.Join(plugins, name)))
	}
	catalogue := catalogFile(t, dsn, bucket)
	port := freePort(t)
	for i := range workers + 1 {
		name, own := fmt.Sprintf("worker%d", i), port
		if i == 0 {
			name = "coordinator"
		} else {
			own = freePort(t)
		}
		start(t, node{dir: filepath.Join(dir, name), name: name, home: home, java: java, plugins: plugins, catalogue: catalogue,
			port: own, coordinator: port, first: i == 0})
	}
	server := fmt.Sprintf("127.0.0.1:%d", port)
	await(t, server, dir)
	return "trino://socle@" + server + "/" + Catalog
}

// catalogFile is the configuration of Trino's Iceberg connector on the catalogue that package tables writes.
func catalogFile(t *testing.T, dsn, bucket string) string {
	t.Helper()
	database, err := url.Parse(dsn)
	check(t, err)
	b, err := url.Parse(bucket)
	check(t, err)
	query := database.Query()
	port := forward(t, filepath.Join(query.Get("host"), ".s.PGSQL."+cmp.Or(query.Get("port"), "5432")))
	lines := []string{
		"connector.name=iceberg",
		"iceberg.catalog.type=jdbc",
		"iceberg.jdbc-catalog.driver-class=org.postgresql.Driver",
		"iceberg.jdbc-catalog.connection-url=jdbc:postgresql://127.0.0.1:" + strconv.Itoa(port) + database.Path,
		"iceberg.jdbc-catalog.connection-user=" + cmp.Or(query.Get("user"), database.User.Username()),
		"iceberg.jdbc-catalog.connection-password=unused",
		"iceberg.jdbc-catalog.catalog-name=socle",
		"iceberg.jdbc-catalog.default-warehouse-dir=s3://" + b.Host + "/",
		"iceberg.jdbc-catalog.schema-version=V1",
		"fs.native-s3.enabled=true",
		"s3.endpoint=" + b.Query().Get("endpoint"),
		"s3.region=" + b.Query().Get("region"),
		"s3.path-style-access=true",
		"s3.aws-access-key=" + os.Getenv("AWS_ACCESS_KEY_ID"),
		"s3.aws-secret-key=" + os.Getenv("AWS_SECRET_ACCESS_KEY"),
	}
	return strings.Join(lines, "\n") + "\n"
}

// forward opens a port that leads to the socket of the database of the tests, which Java cannot open. It returns the port.
func forward(t *testing.T, socket string) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				near.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
				go func() {
					_, _ = io.Copy(way[0], way[1]) // either side may leave first
					near.Close()
					far.Close()
				}()
			}
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// node is one process of the cluster.
type node struct {
	dir, name, home, java, plugins, catalogue string
	port, coordinator                         int
	first                                     bool
}

func start(t *testing.T, n node) {
	t.Helper()
	etc := filepath.Join(n.dir, "etc")
	check(t, os.MkdirAll(filepath.Join(etc, "catalog"), 0o700))
	check(t, os.WriteFile(filepath.Join(etc, "catalog", Catalog+".properties"), []byte(n.catalogue), 0o600))
	config := []string{
		fmt.Sprintf("coordinator=%v", n.first),
		fmt.Sprintf("http-server.http.port=%d", n.port),
		fmt.Sprintf("discovery.uri=http://127.0.0.1:%d", n.coordinator),
		"internal-communication.shared-secret=of-the-tests",
		"node-manager.http-client.request-timeout=1m", // nodes of one busy machine are slow to answer each other
		"node.internal-address=127.0.0.1", "node.bind-ip=127.0.0.1",
		"plugin.dir=" + n.plugins, "catalog.config-dir=" + filepath.Join(etc, "catalog"),
	}
	if n.first {
		config = append(config, "node-scheduler.include-coordinator=false", "memory-manager.http-client.request-timeout=1m")
	}
	check(t, os.WriteFile(filepath.Join(etc, "config.properties"), []byte(strings.Join(config, "\n")+"\n"), 0o600))
	const watch = `"$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -9 $server; wait $server`
	shell := exec.Command("/bin/sh", "-c", watch, "sh", "nice", filepath.Join(n.java, "bin", "java"), "-Xmx"+heap, "-XX:+UseG1GC",
		"-XX:ReservedCodeCacheSize=256M", "-Djdk.attach.allowAttachSelf=true", "--add-modules=jdk.incubator.vector", "-Duser.timezone=UTC",
		"-Dnode.environment=test", "-Dnode.id="+n.name, "-Dnode.data-dir="+n.dir, "-Dconfig="+filepath.Join(etc, "config.properties"),
		"-cp", filepath.Join(n.home, "lib", "*"), "io.trino.server.TrinoServer")
	shell.Dir = n.dir
	shell.Env = append(os.Environ(), "LOG="+filepath.Join(n.dir, "log"), "JAVA_HOME="+n.java)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := shell.StdinPipe()
	check(t, err)
	check(t, shell.Start())
	t.Cleanup(func() {
		lifeline.Close()
		if err := shell.Wait(); err != nil {
			t.Logf("%s ended: %v", n.name, err) // killed, as it should be
		}
	})
}

// await waits until every worker answers.
func await(t *testing.T, server, dir string) {
	t.Helper()
	db, err := sql.Open("trino", "http://test@"+server)
	check(t, err)
	defer db.Close()
	began := time.Now()
	for deadline := began.Add(10 * time.Minute); ; time.Sleep(time.Second) {
		var active int
		response, err := http.Get("http://" + server + "/v1/info")
		if err == nil {
			var info []byte
			info, err = io.ReadAll(response.Body)
			response.Body.Close()
			if err == nil && bytes.Contains(info, []byte(`"starting":false`)) {
				err = db.QueryRowContext(t.Context(), "SELECT count(*) FROM system.runtime.nodes WHERE NOT coordinator AND state = 'active'").Scan(&active)
			}
		}
		if err == nil && active == workers {
			t.Logf("Trino is up after %v", time.Since(began).Round(time.Second))
			return
		}
		if time.Now().After(deadline) {
			for _, name := range []string{"coordinator", "worker1", "worker2"} {
				log, _ := os.ReadFile(filepath.Join(dir, name, "log"))
				t.Logf("%s\n%s", name, log[max(0, len(log)-4000):])
			}
			t.Fatalf("Trino does not start: %v, %d workers", err, active)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
