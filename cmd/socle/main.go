// Command socle is the data platform: one binary that publishes, describes, checks, protects and shares data.
package main

import (
	"os"

	"socle/internal/cli"
)

// version is set when the program is built.
var version = "dev"

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr, version)) }
