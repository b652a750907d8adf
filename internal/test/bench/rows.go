package main

import (
	"fmt"
	"os"
)

// row is one line of the table: the same job for both programs.
type row struct {
	group, name string
	prepare     func(*scratch, config) error // once
	reset       func(*scratch) error         // before each run
	ours, sops  []string                     // arguments; "sh" first for a loop of a shell
	exit        int                          // also an exit code of success
	minutes     bool                         // sops takes minutes
	loop        bool
	peer        bool // of the second table, whose peers are named in the rows
}

func same(args ...string) row { return row{ours: args, sops: args} }

func rows() []row {
	all := []row{named("start-up", "--version", same("--version"))}
	all = append(all, smallRows()...)
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, sh := range shapes {
			all = append(all, shapeRows(sh, n)...)
		}
	}
	for _, mb := range []int{1, 10, 100} {
		all = append(all, binaryRows(mb)...)
	}
	return append(append(append(all, manyRows()...), ciRow()), guardRows()...)
}

func named(group, name string, r row) row {
	r.group, r.name = group, name
	return r
}

func smallRows() []row {
	prepare := func(s *scratch, c config) error {
		if err := s.makeFile("plain/small.yaml", shapes[1], 20); err != nil {
			return err
		}
		if err := s.copyFile("plain/small.yaml", "plain/sealed.yaml"); err != nil {
			return err
		}
		if err := s.seal(c, "plain/sealed.yaml"); err != nil {
			return err
		}
		return s.copyFile("plain/sealed.yaml", "plain/work.yaml")
	}
	restore := func(s *scratch) error {
		if err := s.copyFile("plain/sealed.yaml", "more/work.yaml"); err != nil {
			return err
		}
		return s.copyFile("plain/sealed.yaml", "plain/work.yaml")
	}
	edit := same("edit", "plain/work.yaml")
	edit.exit = 200 // not modified
	rows := []row{
		named("", "encrypt", same("encrypt", "plain/small.yaml")),
		named("", "decrypt", same("decrypt", "plain/sealed.yaml")),
		named("", "set", same("set", "plain/work.yaml", `["region0"]["service0"]["password"]`, `"new"`)),
		named("", "edit without a change", edit),
		named("", "rotate", same("rotate", "plain/work.yaml")),
		named("", "updatekeys, one recipient more", same("updatekeys", "--yes", "more/work.yaml")),
	}
	for i := range rows {
		rows[i].group, rows[i].prepare, rows[i].reset = "20 values, YAML", prepare, restore
	}
	return rows
}

func shapeRows(sh shape, n int) []row {
	group := fmt.Sprintf("%s values", thousands(n))
	var rows []row
	for _, folder := range []string{"plain", "regex"} {
		suffix := ""
		if folder == "regex" {
			if n > 10_000 || sh.ext == "ini" {
				continue // it adds the same to each value
			}
			suffix = ", encrypted_regex"
		}
		plain, sealed := folder+"/big."+sh.ext, folder+"/sealed-big."+sh.ext
		encrypt, decrypt := same("encrypt", plain), same("decrypt", sealed)
		encrypt.prepare = func(s *scratch, _ config) error { return s.makeFile(plain, sh, n) }
		decrypt.prepare = func(s *scratch, c config) error {
			if err := s.makeFile(sealed, sh, n); err != nil {
				return err
			}
			return s.seal(c, sealed)
		}
		encrypt.minutes = sh.wide && n >= 100_000
		decrypt.minutes = encrypt.minutes
		rows = append(rows, named(group, sh.name+suffix+": encrypt", encrypt), named(group, sh.name+suffix+": decrypt", decrypt))
	}
	return rows
}

func binaryRows(mb int) []row {
	group := "binary"
	encrypt, decrypt := same("encrypt", "plain/big.bin"), same("decrypt", "plain/sealed.bin")
	encrypt.prepare = func(s *scratch, _ config) error { return s.makeBytes("plain/big.bin", mb<<20) }
	decrypt.prepare = func(s *scratch, c config) error {
		if err := s.makeBytes("plain/sealed.bin", mb<<20); err != nil {
			return err
		}
		return s.seal(c, "plain/sealed.bin")
	}
	return []row{named(group, fmt.Sprintf("%d MB: encrypt", mb), encrypt), named(group, fmt.Sprintf("%d MB: decrypt", mb), decrypt)}
}

func manyRows() []row {
	var rows []row
	for _, many := range []struct {
		folder, what string
		n            int
	}{{"plain", "age", 200}, {"plain", "age", 1000}, {"kms", "KMS, 30 ms a call", 96}} {
		folder := fmt.Sprintf("%s/%d", many.folder, many.n)
		group := fmt.Sprintf("%s files, %s, against a loop of sops", thousands(many.n), many.what)
		fill := func(s *scratch) error {
			if err := os.MkdirAll(s.path(folder), 0o755); err != nil {
				return err
			}
			for i := range many.n {
				if err := s.makeFile(fmt.Sprintf("%s/%04d.yaml", folder, i), shapes[1], 20); err != nil {
					return err
				}
			}
			return nil
		}
		one := func(verb string) []string {
			return []string{"sh", "-c", `exec "$PROGRAM" ` + verb + ` -i ` + folder + `/*.yaml`}
		}
		loop := func(verb string) []string {
			return []string{"sh", "-c", `for f in ` + folder + `/*.yaml; do "$PROGRAM" ` + verb + ` -i "$f" || exit; done`}
		}
		encrypt := row{ours: one("encrypt"), sops: loop("encrypt"), loop: true}
		encrypt.reset = fill
		decrypt := row{ours: one("decrypt"), sops: loop("decrypt"), loop: true}
		var sealer config
		decrypt.prepare = func(_ *scratch, c config) error { sealer = c; return nil }
		decrypt.reset = func(s *scratch) error {
			if err := fill(s); err != nil {
				return err
			}
			names := make([]string, many.n)
			for i := range names {
				names[i] = fmt.Sprintf("%s/%04d.yaml", folder, i)
			}
			return s.seal(sealer, names...)
		}
		rows = append(rows, named(group, "encrypt", encrypt), named(group, "decrypt", decrypt))
	}
	return rows
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
