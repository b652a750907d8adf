# The repository of which each row gets a copy. On the server: the branch main,
# and old, which has in the clear what main has sealed since.
git init -q --bare -b main --template= server.git
git init -q -b main --template= work
mkdir -p ci/.git/objects/info ci/.git/refs
cd server.git
git config gc.auto 0
git config receive.autogc false
git config core.alternateRefsCommand :
cd ../work
git config gc.auto 0
git config maintenance.auto false
git config user.name a
git config user.email a@example.org
git config protocol.file.allow always
git remote add origin ../server.git
gitsecrets hooks install 2>/dev/null

# Each hook that was installed is asked, and what it says is noted.
note() {
  for hook; do
    mv "$hook" "$hook.installed"
    case ${hook##*/} in
    pre-push) gate=push ;;
    pre-receive) gate=server ;;
    *) gate=commit ;;
    esac
    printf '#!/bin/sh\n(. "$0.installed") >>"$ROW/%s.said" 2>&1 && code=0 || code=$?\necho $code >>"$ROW/%s.code"\n' "$gate" "$gate" >"$hook"
    [ "$gate" != server ] || echo 'exit $code' >>"$hook"
    chmod 755 "$hook"
  done
}

seal() { # FOLDER RECIPIENTS FIXTURE FLAG…
  mkdir -p "$F/$1"
  out=$F/$1/$3 in=$F/plain/$3 age=$2
  shift 3
  gitsecrets encrypt --age "$age" "$@" --output "$out" "$in"
}
for f in db.yaml db.json db.env db.ini db.txt; do
  seal sealed "$R" $f
  seal again "$R" $f
  seal foreign "$R2" $f
  seal both "$R,$R2" $f
done
seal sealed "$R" kube.yaml --encrypted-regex '^(data|stringData)$'
seal narrow "$R" db.yaml --encrypted-regex '^user$'
seal narrow "$R" kube.yaml --encrypted-regex '^user$'

# What was there before anybody sealed anything.
mkdir cfg legacy docs
echo 'hello' >README.md
printf 'password: the old and well known phrase\nhost: one.example.org\n' >cfg/x.yaml
printf 'password: nobody ever sealed this one\n' >legacy/old.yaml
printf 'replicas: 3\nimage: example\n' >values.yaml
echo 'the manual' >docs/manual.md
git add -A
git commit -q --no-verify -m first
git branch old

mkdir secrets k8s
usual >.sops.yaml
cp "$F"/sealed/db.* secrets
cp "$F/sealed/kube.yaml" k8s/db.yaml
cp "$F/sealed/db.yaml" values.enc.yaml
cp "$F/sealed/db.env" app.enc.env
gitsecrets encrypt -i cfg/x.yaml
git add -A
git commit -q --no-verify -m sealed

git checkout -q old
sed -i 's/well known/widely known/' cfg/x.yaml
git commit -q --no-verify -a -m 'still in the clear'
git checkout -q main
git push -q --no-verify origin main
git push -q --no-verify origin old
git gc -q
(cd ../server.git && gitsecrets hooks install --server 2>/dev/null)
git -C ../server.git gc -q
note "$PWD"/.git/hooks/pre-commit "$PWD"/.git/hooks/pre-merge-commit "$PWD"/.git/hooks/pre-push "$PWD"/../server.git/hooks/pre-receive
