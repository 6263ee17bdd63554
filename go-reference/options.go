package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

type options struct {
	listen   string
	upstream string
	mode     string
	cpus     *cpuSet // nil: every CPU the process was started with
}

// parseOptions reads the flags of docs/PROTOCOL.md, section 1. Its errors are one line each.
func parseOptions(arguments []string) (options, error) {
	o := options{listen: "127.0.0.1:0", mode: "http"}
	flags := flag.NewFlagSet("go-net", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("listen", "host:port", addressOption(&o.listen))
	flags.Func("upstream", "host:port", addressOption(&o.upstream))
	flags.Func("mode", "http or greeting", o.setMode)
	flags.Func("cpus", "CPU list", func(text string) (err error) {
		o.cpus, err = parseCPUs(text)
		return err
	})
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument: %s", flags.Arg(0))
	}
	return o, nil
}

func (o *options) setMode(text string) error {
	if text != "http" && text != "greeting" {
		return errors.New("want http or greeting")
	}
	o.mode = text
	return nil
}

func addressOption(address *string) func(string) error {
	return func(text string) error {
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return errors.New("want host:port with an IPv4 address")
		}
		_, portErr := strconv.ParseUint(port, 10, 16)
		ip := net.ParseIP(host)
		if ip == nil || ip.To4() == nil || strings.Contains(host, ":") || portErr != nil {
			return errors.New("want host:port with an IPv4 address")
		}
		*address = text
		return nil
	}
}
