package cijob

import (
	"context"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	lendaws "github.com/gitsecrets/gitsecrets/internal/ci/lend/aws"
	lendazure "github.com/gitsecrets/gitsecrets/internal/ci/lend/azure"
	lendgcp "github.com/gitsecrets/gitsecrets/internal/ci/lend/gcp"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/trust"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) ciDoctorCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "ci doctor",
		Usage:     "show who this CI job is, and what it can open",
		ArgsUsage: "[file...]",
		Description: "Finds the job's identity, gets a token and shows its claims (never the token), asks those that flags and settings\n" +
			"name for credentials, opens the files that are named, and prints the trust policy that allows this job.\n" +
			"The exit code is that of the first step that failed.",
		Flags: cli.Flags(
			[]urfave.Flag{cli.BoolFlag("offline", "contact nobody: show only what the job's variables say")},
			ciFileFlags(), ciIdentityFlags()),
		Action: a.ciDoctor,
	}
}

// checkup is what ci doctor found out, as --json prints it.
type checkup struct {
	Provider   job.Provider `json:"provider"`
	Run        job.Run      `json:"run"`
	Unreviewed string       `json:"unreviewed,omitempty"`
	Claims     []claim      `json:"claims"`
	Steps      []step       `json:"steps"`
	Advice     []advice     `json:"advice"`
	Notes      []string     `json:"notes,omitempty"` // on the subject and who may have it

	first error // of the steps
}

// step is one thing that was tried.
type step struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
	Hint  string `json:"hint,omitempty"`
	Class string `json:"class,omitempty"`
}

// claim is one thing that the token says, and advice how one relying party is
// told to trust it.
type (
	claim struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	advice struct {
		For  string `json:"for"`
		Text string `json:"text"`
	}
)

func (k *checkup) add(name, says string, err error) {
	s := step{Name: name, OK: err == nil, Says: says}
	if err != nil {
		s.Says, s.Hint = text.EscapeCommands(err.Error()), cli.HintFor(err)
		s.Class, _ = failureClass(err)
		if k.first == nil {
			k.first = err
		}
	}
	k.Steps = append(k.Steps, s)
}

func (a *verbs) ciDoctor(c *urfave.Context) error {
	names := c.Args().Slice()
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	k := &checkup{Run: j.run, Unreviewed: j.unreviewed, Claims: []claim{}, Advice: []advice{}}
	j.examine(ctx, k, names)
	if c.Bool("json") {
		if err := a.printJSON(k); err != nil {
			return err
		}
	} else if err := k.print(a); err != nil {
		return err
	}
	if skip, err := j.noIdentity(k.first); skip || err == nil {
		return nil
	}
	return j.signals.ended(ctx, cli.ExitError(cli.ExitCode(k.first)))
}

// runsIn says where the job runs, or where its token lies if nothing tells the CI.
func runsIn(p job.Provider) string {
	switch p {
	case job.EnvToken:
		return "the job has its token in a variable"
	case job.FileToken:
		return "the job has its token in a file"
	}
	return "the job runs in " + p.Name()
}

// examine takes the steps from the job's variables to the files, as far as they
// can be taken.
func (j *ciJob) examine(ctx context.Context, k *checkup, names []string) {
	source, err := j.lenders.detect()
	if err == nil {
		k.Provider = source.Provider()
	}
	k.Notes = oidc.PodIdentities(j.world.Getenv, k.Provider)
	if err != nil {
		k.add("identity", "", err)
		return
	}
	k.add("identity", runsIn(k.Provider), nil)
	if j.c.Bool("offline") {
		return
	}
	var files []*ciFile
	if len(names) > 0 {
		if files, err = j.readAll(ctx, names); err != nil { // before the credentials, which are for their keys alone
			k.add("files", "", err)
		}
	}
	targets := j.targets()
	if len(targets) == 0 {
		j.showToken(ctx, k, source, j.settings.OIDC.Audience, "")
	}
	for _, t := range targets {
		j.showToken(ctx, k, source, t.audience, t.kind)
		if t.try != nil {
			says, err := t.try(ctx)
			k.add(t.name, says, err)
		}
	}
	if len(files) == 0 || k.first != nil {
		return
	}
	if err := j.open(ctx, files); err != nil {
		k.add("files", "", err)
		return
	}
	for _, f := range files {
		values, err := f.doc.Values()
		sealed := 0
		for _, v := range values {
			if v.Encrypted {
				sealed++
			}
		}
		k.add(f.in.Name, fmt.Sprintf("opened; %s encrypted", text.Count(sealed, "value is", "values are")), err)
	}
}

// target is somebody whom the settings name.
type target struct {
	name     string
	kind     string // of advice; empty for all
	audience string
	try      func(ctx context.Context) (says string, err error)
}

func (j *ciJob) targets() []target {
	var list []target
	s := j.settings
	audience := func(otherwise string) string {
		if s.OIDC.Audience != "" {
			return s.OIDC.Audience
		}
		return otherwise
	}
	if s.AWS.RoleARN != "" && !s.AWS.Ambient {
		list = append(list, target{"AWS role " + s.AWS.RoleARN, "AWS", audience(lendaws.Audience(s.AWS.RoleARN)), func(ctx context.Context) (string, error) {
			lent, err := j.lenders.awsFor("")
			if err != nil {
				return "", err
			}
			if _, err := lent.Retrieve(ctx); err != nil {
				return "", err
			}
			id := lent.Identity()
			return "assumed as " + id.ARN + " until " + id.Expires.UTC().Format("15:04:05 MST"), nil
		}})
	}
	if s.Vault.Address != "" {
		list = append(list, target{"Vault at " + s.Vault.Address, "Vault", audience(s.Vault.Address), func(ctx context.Context) (string, error) {
			v, err := j.lenders.vaultClient()
			if err != nil {
				return "", err
			}
			_, err = v.Token(ctx)
			return "logged in", err
		}})
	}
	if s.GCP.Provider != "" {
		list = append(list, target{"Google " + s.GCP.Provider, "Google", audience(lendgcp.Audience(s.GCP.Provider)), func(ctx context.Context) (string, error) {
			g, err := j.lenders.gcpClient()
			if err != nil {
				return "", err
			}
			_, until, err := g.Token(ctx)
			return "access token until " + until.UTC().Format("15:04:05 MST"), err
		}})
	}
	if s.Azure.TenantID != "" && s.Azure.ClientID != "" {
		list = append(list, target{"Azure application " + s.Azure.ClientID, "Azure", audience(lendazure.Audience(s.Azure)), func(ctx context.Context) (string, error) {
			az, err := j.lenders.azureClient()
			if err != nil {
				return "", err
			}
			_, until, err := az.Token(ctx, az.Scope())
			return "access token until " + until.UTC().Format("15:04:05 MST"), err
		}})
	}
	return list
}

// showToken gets a token for an audience and notes what it says.
func (j *ciJob) showToken(ctx context.Context, k *checkup, source oidc.Source, audience, kind string) {
	t, err := j.world.Token(ctx, source, audience)
	if err != nil {
		k.add("ID token", "", err)
		return
	}
	k.add("ID token", "for "+strings.Join(t.Claims.Audience, ", "), nil)
	k.Claims = k.Claims[:0]
	for _, c := range trust.ClaimTable(t) {
		k.Claims = append(k.Claims, claim{c.Name, c.Value})
	}
	found := trust.Advise(t, j.settings.AWS.RoleARN)
	for _, a := range []advice{
		{For: "AWS", Text: found.AWS}, {For: "Vault", Text: found.Vault}, {For: "Google", Text: found.GCP}, {For: "Azure", Text: found.Azure},
	} {
		if a.Text != "" && (kind == "" || kind == a.For) {
			k.Advice = append(k.Advice, a)
		}
	}
	for _, note := range found.Notes {
		if !slices.Contains(k.Notes, note) {
			k.Notes = append(k.Notes, note)
		}
	}
}

func (k *checkup) print(a *verbs) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(text.EscapeLine(text.EscapeCommands(fmt.Sprintf(format, args...))) + "\n")
	}
	if r := k.Run; r.Provider != "" {
		line("job: %s", r.Provider.Name())
		for _, f := range []struct{ name, value string }{
			{"repository", r.Repository}, {"run", r.RunID}, {"event", r.Event}, {"ref", r.Ref}, {"commit", r.SHA}, {"actor", r.Actor},
		} {
			if f.value != "" {
				line("  %-12s %s", f.name, f.value)
			}
		}
	}
	if k.Unreviewed != "" {
		line("  not reviewed: %s", k.Unreviewed)
	}
	for _, s := range k.Steps {
		mark := "ok  "
		if !s.OK {
			mark = "FAIL"
		}
		line("%s %s: %s", mark, s.Name, s.Says)
		for _, hint := range strings.Split(s.Hint, "\n") {
			if hint != "" {
				line("     hint: %s", hint)
			}
		}
	}
	if len(k.Claims) > 0 {
		line("")
		line("claims of the ID token:")
		for _, c := range k.Claims {
			line("  %-24s %s", c.Name, c.Value)
		}
	}
	titles := map[string]string{"AWS": "the role's trust policy in AWS", "Vault": "the role of the jwt method in Vault",
		"Google": "the workload identity provider in Google Cloud", "Azure": "the federated credential in Azure"}
	for _, advice := range k.Advice {
		line("")
		line("to trust this job, %s:", titles[advice.For])
		for _, text := range strings.Split(strings.TrimSuffix(advice.Text, "\n"), "\n") {
			line("  %s", text)
		}
	}
	for _, note := range k.Notes {
		line("note: %s", note)
	}
	_, err := a.Words().Write([]byte(b.String()))
	return err
}
