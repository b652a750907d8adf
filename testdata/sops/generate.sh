#!/usr/bin/env bash
# Writes the files of one released sops into the folder VERSION beside this
# script: generate.sh VERSION SOPS NEWEST-SOPS
# NEWEST-SOPS decrypts each for the expected plaintext.
set -euo pipefail
version=$1 sops=$2 newest=$3
here=$(cd "$(dirname "$0")" && pwd)
keys=$here/../keys
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

recipient() { sed -n 's/^# public key: //p' "$keys/$1.txt"; }
one=$(recipient age) two=$(recipient age-2) three=$(recipient age-3)
export SOPS_AGE_KEY_FILE=$work/identities SOPS_DISABLE_VERSION_CHECK=1 HOME=$work
cat "$keys"/age.txt "$keys"/age-2.txt "$keys"/age-3.txt >"$SOPS_AGE_KEY_FILE"

cp -r "$here/input/." "$work"
# Bytes that are no text.
head -c 1024 /dev/zero | openssl enc -aes-256-ctr -K "$(printf '%064d' 7)" -iv "$(printf '%032d' 7)" >"$work/bytes.bin"
printf 'creation_rules:\n' >"$work/.sops.yaml"
rule() { printf '  - path_regex: ^%s\\.yaml$\n    age: %s\n    %s\n' "$1" "$one" "$2" >>"$work/.sops.yaml"; cp "$here/input/selectors.yaml" "$work/$1.yaml"; }
rule unencrypted_suffix 'unencrypted_suffix: _plain'
rule encrypted_suffix 'encrypted_suffix: _secret'
rule unencrypted_regex 'unencrypted_regex: ^(open|kind)$'
rule encrypted_regex 'encrypted_regex: ^(data|.*_secret)$'
case $version in 3.7.* | 3.8.*) ;; *)
  rule unencrypted_comment_regex 'unencrypted_comment_regex: sops:open'
  rule encrypted_comment_regex 'encrypted_comment_regex: sops:hide' ;;
esac
rule mac_only_encrypted "encrypted_suffix: _secret
    mac_only_encrypted: true"
cp "$here/input/selectors.yaml" "$work/shamir.yaml"
cat >>"$work/.sops.yaml" <<EOF
  - path_regex: ^shamir\.yaml$
    shamir_threshold: 2
    key_groups:
      - age: [$one]
      - age: [$two]
      - age: [$three]
  - age: $one
EOF
rm "$work/selectors.yaml" "$work/single.yaml"

rm -rf "${here:?}/$version"
mkdir -p "$here/$version/plain"
cd "$work"
for f in *.yaml *.json *.env *.ini *.bin; do
  "$sops" -e "$f" >"$here/$version/$f"
  "$newest" decrypt "$here/$version/$f" >"$here/$version/plain/$f"
done
