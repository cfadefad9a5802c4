// Command socle is the data platform: one binary that publishes, describes, checks, protects and shares data.
package main

import "os"

func main() { os.Exit(0) }
