package scan

// code says what a native rule does with a word; see natives.go.
type code uint8

const (
	codeNone code = iota
	codeCiphertext
	codeArmor
	codeSealed
	codeURL
	codeNamed
	codeKube
	codeDockerAuth
	codeEnv
	codeConfig
	codeModuleSum
)

// ownRules are what gitleaks lacks and people who keep secrets in Git need.
var ownRules = []rule{
	// These find nothing: they say where ciphertext, public keys and checksums are.
	{id: "sops-ciphertext", kind: native, code: codeCiphertext, words: []string{"enc[aes256_gcm,"}},
	{id: "armor", kind: native, code: codeArmor, words: []string{"-----begin "}},
	{id: "sealed-secret", kind: native, code: codeSealed, words: []string{"encrypteddata"}},
	{id: "module-sum", kind: native, code: codeModuleSum, words: []string{" h1:"}},

	{id: "age-identity-pq", description: "An age identity (post-quantum): it opens every file encrypted to its recipient.",
		expr: `(?i)AGE-SECRET-KEY-PQ-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{52,200}`, words: []string{"age-secret-key-pq-1"}, before: 19, after: 202},
	{id: "age-identity", description: "An age identity: it opens every file encrypted to its recipient.",
		expr: `(?i)AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}`, words: []string{"age-secret-key-1"}, before: 16, after: 60, weak: true},
	{id: "age-plugin-identity", description: "An identity of an age plugin: with what the plugin holds, it opens every file encrypted to its recipient.",
		expr: `(?i)AGE-PLUGIN-[A-Z0-9+._-]{1,60}?-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{6,}`, words: []string{"age-plugin-"}, before: 11, after: 72,
		runs: 1, run: class{0x3ff000000000000, 0x7fffffe07fffffe}},
	{id: "vault-token", description: "A token of HashiCorp Vault or OpenBao.",
		expr: `\b(hv[sbr]\.[A-Za-z0-9_-]{24,1000})`, words: []string{"hvs.", "hvb.", "hvr."}, boundary: true, before: 5, after: 1002, entropy: 3, weak: true,
		follow: class{0x3ff200000000000, 0x7fffffe87fffffe}, least: 24},
	{id: "jwt-token", description: "A signed token (JWT, such as an OIDC ID token): who has it can act as its subject until it expires.",
		expr: `\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})`, words: []string{"eyj"}, boundary: true, before: 4, after: 46, runs: 3, run: class{0x3ff600000000000, 0x7fffffe87fffffe}, entropy: 3.5, weak: true,
		follow: class{0x3ff600000000000, 0x7fffffe87fffffe}, least: 24},
	{id: "aws-secret-access-key", description: "An AWS secret access key.",
		expr: `(?i)aws_?secret_?(?:access_?)?key["']?[ \t]{0,20}[:=][ \t]{0,20}["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)`, words: []string{"aws_secret", "awssecret"}, before: 11, after: 120,
		entropy: 3.5, weak: true, value: true},
	{id: "url-credential", description: "A password in a URL.", kind: native, code: codeURL, words: []string{"://"}, weak: true},
	{id: "named-value", description: "A password, token or key: a value with a name that says so.", kind: native, code: codeNamed, weak: true,
		words: []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "private_key", "privatekey", "private-key",
			"access_key", "accesskey", "access-key", "credential", "credentials"}},
	{id: "config-password", description: "A password in a configuration file.", kind: native, code: codeConfig, weak: true,
		words: []string{"password", "passwd", "passphrase"}, path: `(?i)\.(?:ya?ml|json|toml|ini|properties|conf|cfg|cnf|tfvars|config)$`},
	{id: "private-key-part", description: "A private key, or the beginning of one.",
		expr:  `(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----(?:\\[nrt]|[\s"'` + "`" + `,+\\>|#;*]){0,60}(?:[A-Z0-9-]{3,30}: [^\n]{0,200}\n){0,5}[\s"'` + "`" + `,+\\>|#;*]{0,40}([A-Za-z0-9+/]{40,}={0,2})`,
		words: []string{"-----begin"}, before: 10, after: 122 + 120 + 5*840 + 40 + 50, runs: 1, run: class{0x3ff880000000000, 0x7fffffe07fffffe},
		follow: class{0x3ff200100000000, 0x7fffffe87fffffe}, least: 16, weak: true},
	{id: "putty-private-key", description: "A private key of PuTTY.",
		expr: `(?i)Private-Lines:[ \t]{0,5}\d{1,4}\r?\n([A-Za-z0-9+/]{40,64}={0,2})`, words: []string{"private-lines:"}, before: 14, after: 90, keywords: []string{"putty-user-key-file-"}},
	{id: "kubernetes-secret", description: "A value of a Kubernetes Secret in the clear (base64 is not encryption).", kind: native, code: codeKube, words: []string{"kind:"}, weak: true},
	{id: "kubernetes-secret-json", description: "A value of a Kubernetes Secret in the clear (base64 is not encryption).",
		expr: `(?i)"(?:data"\s{0,20}:\s{0,20}\{\s{0,200}"[^"]{1,253}"\s{0,20}:\s{0,20}"([a-z0-9+/]{4,}={0,2})"|stringData"\s{0,20}:\s{0,20}\{\s{0,200}"[^"]{1,253}"\s{0,20}:\s{0,20}"([^"{$\x60]{4,})")`, words: []string{`"data"`, `"stringdata"`}, before: 12, after: 1400,
		runs: 1, run: class{^uint64(1 << '"'), ^uint64(0), ^uint64(0), ^uint64(0)},
		keywords: []string{`"kind":"secret"`, `"kind": "secret"`}, weak: true},
	{id: "docker-auth", description: "A password for a container registry, in base64.", kind: native, code: codeDockerAuth, words: []string{`"auth"`}, weak: true},
	{id: "npm-auth", description: "A password or token for a package registry.",
		expr: `(?i)(?:_authToken|_auth|_password)[ \t]{0,5}=[ \t]{0,5}["']?([^\s"';#]{8,})`, words: []string{"_authtoken", "_auth", "_password"}, before: 10, after: 24,
		runs: 1, run: class{^uint64(1<<32 | 1<<'\n' | 1<<'\t' | 1<<'\r'), ^uint64(0), ^uint64(0), ^uint64(0)},
		path: `(?:^|/)\.?(?:npmrc|yarnrc)[^/]*$`, value: true, weak: true},
	{id: "netrc-password", description: "A password in a netrc file.",
		expr: `(?:\A|\s)machine\s{1,20}\S{1,253}\s{1,20}(?:(?:login|account)\s{1,20}\S{1,200}\s{1,20}){0,2}password\s{1,20}(\S{1,500})`, words: []string{"machine"}, before: 8,
		after: 5000, follow: class{1<<' ' | 1<<'\n' | 1<<'\t' | 1<<'\r'}, least: 1, value: true, weak: true},
	{id: "pypirc-password", description: "A password or token for a package index.", kind: whole, path: `(?:^|/)\.?pypirc$`,
		expr: `(?mi)^[ \t]*password[ \t]*[:=][ \t]*(\S+)`, value: true, weak: true},
	{id: "pgpass-password", description: "A password for PostgreSQL.", kind: whole, path: `(?:^|/)\.?pgpass(?:\.conf)?$`,
		expr: `(?m)^[^#:\s][^:\n]*:[^:\n]*:[^:\n]*:[^:\n]*:([^\s]+)`, value: true, weak: true},
	{id: "dotenv-secret", description: "A secret in an environment file.", kind: whole, code: codeEnv, weak: true,
		path: `(?i)(?:^|/)(?:\.env(?:rc)?|[^/]*\.env|\.env\.[^/]*|[^/]*\.env\.[a-z0-9]+)$`},
}
