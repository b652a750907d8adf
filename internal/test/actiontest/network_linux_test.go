//go:build interop

package actiontest

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"
)

// ownNetwork has cmd run in a network namespace of its own.
func ownNetwork(cmd *exec.Cmd) bool {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return true
}

// loopbackUp starts the loopback interface, which a new namespace has down.
// https://man7.org/linux/man-pages/man7/netdevice.7.html
func loopbackUp() error {
	if os.Getenv(networkVariable) == "" {
		return nil
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	request := struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

func TestNothingGetsOut(t *testing.T) {
	if os.Getenv(networkVariable) == "" {
		t.Log("this system does not allow a network namespace: the tests run in its network")
		return
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
			t.Errorf("the network of the tests has %s", i.Name)
		}
	}
}
