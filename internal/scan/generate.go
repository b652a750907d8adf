package scan

//go:generate go -C equivalence test -run ^TestTable$ -update .
