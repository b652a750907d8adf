package atomicfile

// NoFollow is a flag of [os.OpenFile]; there is none here.
const NoFollow = 0
