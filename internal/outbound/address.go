package outbound

import (
	"fmt"
	"net/netip"
	"syscall"
)

// refusedError says which address was about to be reached and was not.
type refusedError struct{ address netip.Addr }

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s is not an address of the public Internet", e.address)
}

// Networks inside the global unicast space that lead elsewhere than to the public Internet: they are private,
// reserved, meant for documents, or carry an IPv4 address that could be any of those.
//
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // shared by carriers (CGNAT)
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local, where clouds keep their metadata
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documents
	netip.MustParsePrefix("192.31.196.0/24"), // AS112
	netip.MustParsePrefix("192.52.193.0/24"), // AMT
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("192.175.48.0/24"), // AS112
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documents
	netip.MustParsePrefix("203.0.113.0/24"),  // documents
	netip.MustParsePrefix("224.0.0.0/4"),     // multicast
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, broadcast
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),   // documents
	netip.MustParsePrefix("2002::/16"),       // 6to4, carries IPv4
	netip.MustParsePrefix("2620:4f:8000::/48"),
	netip.MustParsePrefix("3fff::/20"), // documents
}

// In IPv6 only this space is given to the public Internet; loopback, link-local, unique local, multicast, NAT64
// and discard addresses all lie outside of it.
var publicIPv6 = netip.MustParsePrefix("2000::/3")

// public reports whether an address belongs to the public Internet.
func public(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsValid() || address.Zone() != "" {
		return false
	}
	if address.Is6() && !publicIPv6.Contains(address) {
		return false
	}
	for _, network := range special {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// control runs when the socket exists and its peer is decided, just before connecting: what is checked here is
// what is reached, whatever the name resolved to a moment ago.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	peer, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address to connect to: %w", err)
	}
	ip := peer.Addr().Unmap()
	for _, network := range c.options.AllowPrivate {
		if network.Contains(ip) {
			return nil
		}
	}
	if !public(ip) {
		return &refusedError{ip}
	}
	return nil
}
