# What each row may call. The hooks of a row note what they say of it in $ROW,
# and let everything pass, so that one run asks every gate.

# commit stages everything and commits it.
commit() {
  git add -A
  git commit -q -m x "$@"
}

# policy writes the rules of .sops.yaml: policy PATH_REGEX [SELECTOR] …, where a
# SELECTOR has a colon and stands behind the rule that it belongs to.
policy() {
  echo 'creation_rules:'
  for rule; do
    case $rule in
    *': '*) echo "    $rule" ;;
    *) printf '  - path_regex: %s\n    age: %s\n' "$rule" "$R" ;;
    esac
  done
}

# usual writes the rules that hold, and what is given behind them.
usual() {
  policy ^secrets/ ^cfg/ '^k8s/' 'encrypted_regex: ^(data|stringData)$' '\.enc\.' '^notes/' 'encrypted_comment_regex: ^ ?secret' "$@"
}

# put writes a text into a file, whose folder it makes: put FILE TEXT.
put() {
  mkdir -p "$(dirname -- "./$1")"
  printf '%b\n' "$2" >"./$1"
}

# plain and sealed put a fixture into a file: plain db.yaml FILE.
plain() {
  mkdir -p "$(dirname -- "./$2")"
  cat "$F/plain/$1" >"./$2"
}
sealed() {
  mkdir -p "$(dirname -- "./$2")"
  cat "$F/sealed/$1" >"./$2"
}

# insert puts a line in front of the first one that begins so: insert FILE START LINE.
insert() {
  awk -v start="$2" -v line="$3" '!done && index($0, start) == 1 { print line; done = 1 } { print }' "$1" >"$1.new"
  mv "$1.new" "$1"
}

# push sends to the server; that its gate refuses is no error of the row.
push() {
  [ $# -gt 0 ] || set -- HEAD:refs/heads/main
  [ "$1" != -- ] || shift
  git push -q "${to-origin}" "$@" 2>>"$ROW/said" || {
    last=
    while read -r code; do last=$code; done <"$ROW/server.code"
    [ "$last" = 10 ] || {
      cat "$ROW/said"
      return 1
    }
  }
  pushed=1
}

# check judges HEAD as a job of CI does, in a checkout that has nothing but commits.
check() {
  git rev-parse HEAD >"$ROW/ci/.git/HEAD"
  echo "$ROW/work/.git/objects" >"$ROW/ci/.git/objects/info/alternates"
  (cd "$ROW/ci" && gitsecrets check --base "$base") >>"$ROW/check.said" 2>&1 && code=0 || code=$?
  echo $code >>"$ROW/check.code"
}

# publish brings what is committed to the branch main of the server, which every
# gate must let pass: from here on it is the base.
publish() {
  check
  push HEAD:refs/heads/main
  if grep -hvx 0 "$ROW"/*.code; then
    cat "$ROW"/*.said
    echo 'publish was refused'
    return 1
  fi
  base=$(git rev-parse HEAD) pushed=
}

# finish asks the gates that the row itself has not asked.
finish() {
  check
  [ "$pushed" ] || push
}

pushed=
