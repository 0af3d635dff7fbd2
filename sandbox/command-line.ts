/** What somebody types to do something to a target; `first` is the role that leads there. */
export function commandLine(doing: string, target: string, first: string): string {
  switch (doing) {
    case 'assume-role':
      return `gds aws ${target} -l`;
    case 'database':
      return `gds aws ${first} -- db-connect.sh notifydb -- psql`;
    case 'shell':
      return `gds aws ${first} -- ecs-exec.sh`;
    case 'switch-role':
      return `console: switch to ${target}`;
    case 'terraform':
      return `gds aws ${target} -- terraform apply`;
    case 'ci':
      return 'the deployment robot runs terraform';
    case 'stolen-key':
      return 'a stolen key, used from elsewhere';
    default:
      return 'a role that AWS refuses';
  }
}
