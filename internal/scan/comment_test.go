package scan

import "testing"

func TestCommentedOut(t *testing.T) {
	for _, line := range []string{
		"GAMMA=hunter2-gamma", " GAMMA = hunter2-gamma", "export DB_URL=s3cr3t/x", "LOG_LEVEL=debug", "PORT=5432", `NAME="two words"`,
		" key: hunter2-gamma", "password: letmeinplease", `- token: "abc"`, `"key": "hunter2",`, `// "key": "hunter2",`, "# # key: x1y2z3", "; key = hunter2",
		"gamma is hunter2-gamma-0001", "the password was Tr0ub4dor&3", "db password: hunter2-gamma", "the old one = hunter2-gamma",
		"passphrase: correct horse battery staple", "note: the key is hunter2-gamma", "TODO: password=hunter2-gamma", "replicas: 3",
		"url: postgres://app:hunter2@db/x", "alpha := Zx9Zx9Zx9", "key:hunter2", "license: ABCD-1234-EFGH-5678", "license: hunter2-gamma-0001",
	} {
		if !CommentedOut(line) {
			t.Errorf("%q does not count", line)
		}
	}
	for _, line := range []string{
		"", " ", "=", ":", " Licensed under the Apache License, Version 2.0 (the \"License\");", " you may not use this file except in compliance with the License.",
		"    http://www.apache.org/licenses/LICENSE-2.0", " Copyright (c) 2024 Acme Inc. All rights reserved.", "SPDX-License-Identifier: Apache-2.0",
		"SPDX-FileCopyrightText: 2024 Jane Doe <jane@acme.org>", " Copyright: 2019-2024 Acme", "This file is encrypted: use gitsecrets edit",
		" the token is created by the job at 12:30", "KEY=", "KEY=changeme", "KEY=<your key>", "KEY=${OTHER}", "password: example", "token: xxxxxxxx", "password: see the vault",
		"key: value", "API_KEY=your-key-here", "yaml-language-server: $schema=https://json.schemastore.org/kustomization.json", "vim: set ft=yaml ts=2 sw=2 et:",
		"renovate: datasource=docker depName=ghcr.io/acme/app", "https://acme.org/docs#x=1", " see: docs/secrets.md", "TODO: rotate this", "TODO(jane): split into two files",
		"Note: the default is 5432", " version is v1.2.3", "default: /etc/app/config.yaml", "Last updated: 2024-05-06", "Owner: team-platform@acme.org",
		"----------------------------------------", "========================", "*** settings of the database ***", "The host is db.acme.org", "ticket: OPS-1234",
		"mode: read-only", "this one is important", "e.g. FOO=bar", "Usage: gitsecrets edit FILE", "type: ClusterIP", "yamllint disable rule:line-length",
		"image: is set by kustomize", "License: Apache-2.0", "Licence: GPL-3.0-or-later", "license: BSD-3-Clause", "License: LGPLv2.1 or later", "License: CC-BY-SA-4.0",
		"kind of: a list of words that say it all",
	} {
		if CommentedOut(line) {
			t.Errorf("%q counts", line)
		}
	}
}
