#!/usr/bin/env bash
# Shows the main job on real files, in a scratch folder: demo.sh GITSECRETS SOPS CISERVER
set -euo pipefail
gitsecrets=$1 sops=$2 ciserver=$3

scratch=$(mktemp -d)
cloud=
trap '[ -z "$cloud" ] || kill "$cloud"; rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/home" "$scratch/repo"
ln -s "$gitsecrets" "$scratch/bin/gitsecrets"
ln -s "$sops" "$scratch/bin/sops"
# Nothing of the person's own: no keys, no settings of Git.
for name in $(compgen -e | grep -E '^(SOPS_|AWS_|VAULT_|GIT_|XDG_|GNUPGHOME)' || true); do unset "$name"; done
export PATH="$scratch/bin:$PATH" HOME="$scratch/home" SOPS_DISABLE_VERSION_CHECK=1
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_PAGER=cat
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.invalid GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.invalid
# sops looks for identities here on every system.
export XDG_CONFIG_HOME="$HOME/.config"
cd "$scratch/repo"

say() { printf '\n# %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

say 'A new repository, an age identity, and a policy: who may open what.'
show git init -q -b main .
show gitsecrets keygen
show gitsecrets init
show gitsecrets lint

say 'A file with a password. The policy says that files in secrets/ are encrypted.'
mkdir secrets
cat >secrets/db.yaml <<'EOF'
# production
database:
    host: db.example.invalid
    port: 5432
    password: correct-horse-battery
replicas:
    - eu-1
    - us-1
EOF
show gitsecrets explain secrets/db.yaml
show gitsecrets encrypt -i secrets/db.yaml
show cat secrets/db.yaml
if grep -q correct-horse secrets/db.yaml; then fail 'the password is still readable'; fi
show git add -A
show git commit -q -m 'Encrypted from the start'

say 'The released sops opens it, without knowing of gitsecrets.'
show sops decrypt secrets/db.yaml
sops decrypt secrets/db.yaml | grep -q 'password: correct-horse-battery' || fail 'sops reads something else'

say 'And the other way round: sops encrypts, gitsecrets opens.'
printf '{"token": "made-by-sops"}\n' >secrets/api.json
show sops encrypt -i secrets/api.json
show gitsecrets decrypt secrets/api.json
gitsecrets decrypt secrets/api.json | grep -q made-by-sops || fail 'gitsecrets reads something else'
git add -A && git commit -q -m 'A file that sops encrypted'

say 'An edit (here the editor is a script) changes the one value, the MAC and the time, nothing else.'
cat >"$scratch/bin/demo-editor" <<'EOF'
#!/bin/sh
sed 's/correct-horse-battery/a-new-password/' "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"
EOF
chmod +x "$scratch/bin/demo-editor"
export EDITOR=demo-editor
show gitsecrets edit secrets/db.yaml
show git diff --stat
show git diff -U0 secrets/db.yaml
changed=$(git diff --numstat secrets/db.yaml | cut -f1)
[ "$changed" -le 3 ] || fail "$changed lines changed, not 3"
[ "$(sops decrypt --extract '["database"]["password"]' secrets/db.yaml)" = a-new-password ] || fail 'the edit is lost'
git commit -q -a -m 'New password'

say 'A program gets the values in its environment; nothing is written to disk.'
printf 'TOKEN=for-the-program\n' >secrets/app.env
show gitsecrets encrypt -i secrets/app.env
show gitsecrets exec-env secrets/app.env 'echo "the program sees a token of ${#TOKEN} characters"'

say 'A second person joins: the policy names her, updatekeys brings every file in line.'
gitsecrets keygen --output "$scratch/hers.txt" >/dev/null 2>&1
hers=$(sed -n 's/^# public key: //p' "$scratch/hers.txt")
sed -i.bak "s/^\( *\)- age1.*/&\\
\1- $hers/" .sops.yaml && rm .sops.yaml.bak
show gitsecrets updatekeys --yes secrets/db.yaml secrets/api.json secrets/app.env
for program in gitsecrets sops; do
  HOME=/nowhere XDG_CONFIG_HOME=/nowhere SOPS_AGE_KEY_FILE="$scratch/hers.txt" "$program" decrypt secrets/db.yaml | grep -q a-new-password ||
    fail "$program does not open the file for her"
done
echo 'She opens it with gitsecrets and with sops.'

say 'A changed file is refused.'
cp secrets/db.yaml "$scratch/db.yaml"
sed -i.bak 's/us-1/&/; s/ENC\[AES256_GCM,data:./ENC[AES256_GCM,data:0/' secrets/db.yaml && rm secrets/db.yaml.bak
if show gitsecrets decrypt secrets/db.yaml; then fail 'a changed file was opened'; fi

say 'The guard: from now on no commit carries plaintext.'
cp "$scratch/db.yaml" secrets/db.yaml
git add -A && git commit -q -m 'She can open everything'
show gitsecrets hooks install
printf 'password: forgotten\n' >secrets/new.yaml
show git add secrets/new.yaml
if show git commit -q -m 'In a hurry'; then fail 'plaintext was committed'; fi
show gitsecrets encrypt -i secrets/new.yaml
show git add secrets/new.yaml
show git commit -q -m 'New password, encrypted'
show gitsecrets check --all

say 'CI: a job with no stored key. A cloud on loopback plays GitHub'"'"'s token endpoint, AWS STS and KMS.'
mkdir "$scratch/cloud" "$scratch/runner"
key=arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001
role=arn:aws:iam::111122223333:role/ci-decrypt
sed -i.bak "s|^creation_rules:|&\\
  - path_regex: ^deploy/\\
    kms: $key|" .sops.yaml && rm .sops.yaml.bak
mkdir deploy && printf 'database:\n    password: for-production\n' >deploy/prod.yaml
# The job is one of the commit that is checked out.
git add .sops.yaml && git commit -q -m 'Files of deployments are under a key of AWS KMS'
"$ciserver" -dir "$scratch/cloud" -key "$key" -role "$role" -sha "$(git rev-parse HEAD)" >/dev/null &
cloud=$!
for _ in $(seq 100); do [ -e "$scratch/cloud/user.env" ] && [ -e "$scratch/cloud/fork.env" ] && [ -e "$scratch/cloud/push.env" ] && break; sleep 0.1; done
(. "$scratch/cloud/user.env"; show gitsecrets encrypt -i deploy/prod.yaml)
(
  . "$scratch/cloud/push.env"
  export RUNNER_TEMP="$scratch/runner"
  show gitsecrets ci doctor --offline
  show gitsecrets ci run --role-to-assume "$role" --file deploy/prod.yaml -- sh -c 'echo "deployed with a password of ${#database_password} characters"'
)

say 'The same job, set off by a pull request of a fork, has no identity: nothing is opened.'
(
  . "$scratch/cloud/fork.env"
  if show gitsecrets ci run --role-to-assume "$role" --file deploy/prod.yaml -- echo deployed; then exit 1; fi
) || fail 'a fork was let in'

say 'Done. Everything was in a scratch folder, which is removed now.'
